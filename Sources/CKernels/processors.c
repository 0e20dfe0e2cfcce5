#define _GNU_SOURCE
#include "processors.h"

#if defined(__linux__)

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int retrograd_current_processor(void) { return sched_getcpu(); }

long retrograd_current_thread(void) { return syscall(SYS_gettid); }

void retrograd_keep_off_processor(long thread, int processor) {
  cpu_set_t processors;
  if (processor < 0 || sched_getaffinity(0, sizeof processors, &processors) != 0) return;
  CPU_CLR(processor, &processors);
  if (CPU_COUNT(&processors) == 0) return;
  sched_setaffinity((pid_t)thread, sizeof processors, &processors);
}

#else

int retrograd_current_processor(void) { return -1; }

long retrograd_current_thread(void) { return 0; }

void retrograd_keep_off_processor(long thread, int processor) {
  (void)thread;
  (void)processor;
}

#endif
