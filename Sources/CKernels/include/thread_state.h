#pragma once

// Swift has no thread-local variables without a lookup by key, and autograd asks these at every
// operation, and random numbers at every draw: how many `withoutGradients` scopes, traces, node
// counts, replays and `withGuidedRectifiers` scopes the calling thread is inside.
extern _Thread_local int retrograd_gradient_pause_depth;
extern _Thread_local int retrograd_trace_depth;
extern _Thread_local int retrograd_replay_depth;
extern _Thread_local int retrograd_count_depth;
extern _Thread_local int retrograd_guidance_depth;

static inline int retrograd_get_gradient_pause_depth(void) { return retrograd_gradient_pause_depth; }
static inline void retrograd_set_gradient_pause_depth(int depth) { retrograd_gradient_pause_depth = depth; }
static inline int retrograd_get_trace_depth(void) { return retrograd_trace_depth; }
static inline void retrograd_set_trace_depth(int depth) { retrograd_trace_depth = depth; }
static inline int retrograd_get_replay_depth(void) { return retrograd_replay_depth; }
static inline void retrograd_set_replay_depth(int depth) { retrograd_replay_depth = depth; }
static inline int retrograd_get_count_depth(void) { return retrograd_count_depth; }
static inline void retrograd_set_count_depth(int depth) { retrograd_count_depth = depth; }
static inline int retrograd_get_guidance_depth(void) { return retrograd_guidance_depth; }
static inline void retrograd_set_guidance_depth(int depth) { retrograd_guidance_depth = depth; }
