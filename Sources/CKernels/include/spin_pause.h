#pragma once

// Tells the processor that the thread is spinning, so that it saves power and leaves the core's
// resources to whoever shares it.
static inline void retrograd_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
