#pragma once
#include "thread_state.h"
