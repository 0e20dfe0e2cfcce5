#include "processes.h"

#if defined(__linux__)
#include <sys/prctl.h>

int retrograd_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0; }

void retrograd_refuse_tracing(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#elif defined(__APPLE__)
#include <sys/types.h>

#include <sys/ptrace.h>

int retrograd_adopt_orphans(void) { return 0; }

void retrograd_refuse_tracing(void) { ptrace(PT_DENY_ATTACH, 0, 0, 0); }

#else

int retrograd_adopt_orphans(void) { return 0; }

void retrograd_refuse_tracing(void) {}

#endif
