#include "RetrogradCThreadState.h"

_Thread_local int retrograd_scope_depths[RETROGRAD_SCOPE_KINDS] = {0};
