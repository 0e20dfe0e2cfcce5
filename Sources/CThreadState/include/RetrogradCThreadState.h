#pragma once

// Swift has no thread-local variables without a lookup by key, and autograd asks these at every
// operation, and random numbers at every draw: the number of scopes of each kind that the calling
// thread is inside. `ThreadScope` names the kinds.
#define RETROGRAD_SCOPE_KINDS 5

extern _Thread_local int retrograd_scope_depths[RETROGRAD_SCOPE_KINDS];

static inline int retrograd_get_scope_depth(int kind) { return retrograd_scope_depths[kind]; }
static inline void retrograd_set_scope_depth(int kind, int depth) {
  retrograd_scope_depths[kind] = depth;
}
