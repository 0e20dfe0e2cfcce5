#include "thread_state.h"

_Thread_local int retrograd_gradient_pause_depth = 0;
