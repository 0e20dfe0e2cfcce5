#pragma once
#include "vector_kernels.h"
#include "half_kernels.h"
#include "spin_pause.h"
#include "thread_state.h"
#include "machine_probes.h"
