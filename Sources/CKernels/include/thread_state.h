#pragma once

// Swift has no thread-local variables without a lookup by key, and autograd asks this one at every
// operation: how many `withoutGradients` scopes the calling thread is inside.
extern _Thread_local int retrograd_gradient_pause_depth;

static inline int retrograd_get_gradient_pause_depth(void) { return retrograd_gradient_pause_depth; }
static inline void retrograd_set_gradient_pause_depth(int depth) { retrograd_gradient_pause_depth = depth; }
