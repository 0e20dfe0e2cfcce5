#include "RetrogradCJPEG.h"
