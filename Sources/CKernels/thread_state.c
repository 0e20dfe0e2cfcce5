#include "thread_state.h"

_Thread_local int retrograd_gradient_pause_depth = 0;
_Thread_local int retrograd_trace_depth = 0;
_Thread_local int retrograd_replay_depth = 0;
_Thread_local int retrograd_count_depth = 0;
_Thread_local int retrograd_guidance_depth = 0;
