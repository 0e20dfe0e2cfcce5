#pragma once
#include "vector_kernels.h"
#include "half_kernels.h"
#include "spin_pause.h"
#include "processors.h"
#include "machine_probes.h"
#include "instruction_sets.h"
