// OpenCL 1.2, which is found at run time: what computes on graphics cards of every maker.
//
// Each function is OpenCL's of the same meaning, with the arguments that are used here. Those that return a
// status give 0 or one of OpenCL's error codes; those that make something give null and set `error`.
#ifndef RETROGRAD_DEVICE_H
#define RETROGRAD_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// A platform, device, context, queue, buffer, program or kernel.
typedef struct retrograd_cl_object *retrograd_cl;

// What can be asked of a platform and of a device: the numbers of OpenCL's names.
enum {
  RETROGRAD_CL_PLATFORM_VERSION = 0x0901,
  RETROGRAD_CL_PLATFORM_NAME = 0x0902,

  RETROGRAD_CL_DEVICE_TYPE = 0x1000,
  RETROGRAD_CL_DEVICE_COMPUTE_UNITS = 0x1002,
  RETROGRAD_CL_DEVICE_WORK_GROUP_SIZE = 0x1004,
  RETROGRAD_CL_DEVICE_LARGEST_BLOCK = 0x1010,
  RETROGRAD_CL_DEVICE_FLOAT_CONFIGURATION = 0x101B,
  RETROGRAD_CL_DEVICE_MEMORY = 0x101F,
  RETROGRAD_CL_DEVICE_LOCAL_MEMORY = 0x1023,
  RETROGRAD_CL_DEVICE_IS_AVAILABLE = 0x1027,
  RETROGRAD_CL_DEVICE_HAS_COMPILER = 0x1028,
  RETROGRAD_CL_DEVICE_NAME = 0x102B,
  RETROGRAD_CL_DEVICE_VENDOR = 0x102C,
  RETROGRAD_CL_DEVICE_DRIVER = 0x102D,
  RETROGRAD_CL_DEVICE_VERSION = 0x102F,

  // Bits of the type, and one of the configuration.
  RETROGRAD_CL_TYPE_PROCESSOR = 1 << 1,
  RETROGRAD_CL_TYPE_GRAPHICS = 1 << 2,
  RETROGRAD_CL_EXACT_DIVISION = 1 << 7,
};

// Error codes that are met outside of mistakes.
enum {
  RETROGRAD_CL_ALLOCATION_FAILED = -4,
  RETROGRAD_CL_OUT_OF_RESOURCES = -5,
  RETROGRAD_CL_OUT_OF_HOST_MEMORY = -6,
  RETROGRAD_CL_BUILD_FAILED = -11,
  RETROGRAD_CL_INVALID_BUFFER_SIZE = -61,
  RETROGRAD_CL_NO_PLATFORM = -1001,
  // Not OpenCL's: the library was not found.
  RETROGRAD_CL_NO_LIBRARY = -9999,
};

// The name under which the library was found; null if it was not.
const char *_Nullable retrograd_cl_library(void);
// OpenCL's name of an error code, such as CL_OUT_OF_RESOURCES.
const char *retrograd_cl_error_name(int error);
// Whether the dynamic linker finds a library; it is not kept.
bool retrograd_library_exists(const char *name);

// Fill `list` up to `capacity`, and set the number that there are.
int retrograd_cl_platforms(retrograd_cl _Nullable *_Nonnull list, uint32_t capacity, uint32_t *count);
int retrograd_cl_devices(retrograd_cl platform, retrograd_cl _Nullable *_Nonnull list,
                         uint32_t capacity, uint32_t *count);
// Texts end with a zero; false where there is none, or it is too long.
bool retrograd_cl_platform_text(retrograd_cl platform, uint32_t what, char *text, size_t capacity);
bool retrograd_cl_device_text(retrograd_cl device, uint32_t what, char *text, size_t capacity);
// A number of any width up to 8 bytes; 0 where it is not told.
uint64_t retrograd_cl_device_number(retrograd_cl device, uint32_t what);

retrograd_cl _Nullable retrograd_cl_make_context(retrograd_cl device, int *error);
// Commands run in the order in which they come.
retrograd_cl _Nullable retrograd_cl_make_queue(retrograd_cl context, retrograd_cl device, int *error);
// With `content`, a copy of it, made before the call returns and without waiting for the queue.
retrograd_cl _Nullable retrograd_cl_make_buffer(retrograd_cl context, size_t size,
                                                const void *_Nullable content, int *error);
retrograd_cl _Nullable retrograd_cl_make_program(retrograd_cl context, const char *text, int *error);
retrograd_cl _Nullable retrograd_cl_load_program(retrograd_cl context, retrograd_cl device,
                                                 const uint8_t *binary, size_t size, int *error);
int retrograd_cl_build(retrograd_cl program, retrograd_cl device, const char *options);
bool retrograd_cl_build_log(retrograd_cl program, retrograd_cl device, char *text, size_t capacity);
// The size of a built program's binary, and its bytes.
size_t retrograd_cl_binary_size(retrograd_cl program);
int retrograd_cl_binary(retrograd_cl program, uint8_t *bytes);
retrograd_cl _Nullable retrograd_cl_make_kernel(retrograd_cl program, const char *name, int *error);

int retrograd_cl_set_argument(retrograd_cl kernel, uint32_t index, size_t size, const void *value);
int retrograd_cl_set_buffer(retrograd_cl kernel, uint32_t index, retrograd_cl buffer);
// Queues `global` work items along three axes, in groups of `local`.
int retrograd_cl_run(retrograd_cl queue, retrograd_cl kernel, const size_t *global,
                     const size_t *local);
// Waits for all that was queued before, and copies bytes from the beginning of a buffer.
int retrograd_cl_read(retrograd_cl queue, retrograd_cl buffer, size_t size, void *bytes);
// Waits for all that was queued.
int retrograd_cl_finish(retrograd_cl queue);

void retrograd_cl_release_context(retrograd_cl context);
void retrograd_cl_release_queue(retrograd_cl queue);
void retrograd_cl_release_buffer(retrograd_cl buffer);
void retrograd_cl_release_program(retrograd_cl program);
void retrograd_cl_release_kernel(retrograd_cl kernel);

// MARK: What every operation asks

// Whether a device may have been asked for anywhere in this process; set once and never taken back. The
// environment variable RETROGRAD_DEVICE sets it before the program begins.
extern uint32_t retrograd_devices_are_used;
static inline bool retrograd_are_devices_used(void) {
  return __builtin_expect(__atomic_load_n(&retrograd_devices_are_used, __ATOMIC_RELAXED) != 0, 0);
}
void retrograd_use_devices(void);

// Flags that one thread may change while others ask.
static inline uint32_t retrograd_load_flags(const uint32_t *flags) {
  return __atomic_load_n(flags, __ATOMIC_ACQUIRE);
}
static inline void retrograd_store_flags(uint32_t *flags, uint32_t value) {
  __atomic_store_n(flags, value, __ATOMIC_RELEASE);
}
// Whether any is set, which is not to be expected.
static inline bool retrograd_flag(const uint32_t *flags) {
  return __builtin_expect(retrograd_load_flags(flags) != 0, 0);
}

#pragma clang assume_nonnull end
#endif
