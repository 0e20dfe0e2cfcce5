// OpenCL is found with dlopen: nothing is linked, no header is needed, and a program on a machine without it
// starts as everywhere. Every driver for NVIDIA's, AMD's and Intel's cards brings the library; on macOS it is a
// framework of the system.
//
// Its interface has been stable since 2011 (OpenCL 1.2), so what is used of it is declared here. The numbers are
// those of the specification and of CL/cl.h.
#include "RetrogradCDevice.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// OpenCL's types, by what they are made of.
typedef int32_t status;
typedef retrograd_cl object;

enum {
  ALL_TYPES = -1,  // CL_DEVICE_TYPE_ALL is 0xFFFFFFFF.
  BUFFER_READ_WRITE = 1 << 0,
  BUFFER_COPY_CONTENT = 1 << 5,
  PROGRAM_BINARY_SIZES = 0x1165,
  PROGRAM_BINARIES = 0x1166,
  PROGRAM_BUILD_LOG = 0x1183,
  BLOCKING = 1,
};

// Each function: what it returns, its name without `cl`, its arguments.
#define FUNCTIONS(F)                                                                               \
  F(status, GetPlatformIDs, (uint32_t, object *, uint32_t *))                                      \
  F(status, GetPlatformInfo, (object, uint32_t, size_t, void *, size_t *))                         \
  F(status, GetDeviceIDs, (object, uint64_t, uint32_t, object *, uint32_t *))                      \
  F(status, GetDeviceInfo, (object, uint32_t, size_t, void *, size_t *))                           \
  F(object, CreateContext, (const intptr_t *, uint32_t, const object *, void *, void *, status *)) \
  F(object, CreateCommandQueue, (object, object, uint64_t, status *))                              \
  F(object, CreateBuffer, (object, uint64_t, size_t, void *, status *))                            \
  F(object, CreateProgramWithSource,                                                               \
    (object, uint32_t, const char **, const size_t *, status *))                                   \
  F(object, CreateProgramWithBinary,                                                               \
    (object, uint32_t, const object *, const size_t *, const uint8_t **, status *, status *))      \
  F(status, BuildProgram, (object, uint32_t, const object *, const char *, void *, void *))        \
  F(status, GetProgramBuildInfo, (object, object, uint32_t, size_t, void *, size_t *))             \
  F(status, GetProgramInfo, (object, uint32_t, size_t, void *, size_t *))                          \
  F(object, CreateKernel, (object, const char *, status *))                                        \
  F(status, SetKernelArg, (object, uint32_t, size_t, const void *))                                \
  F(status, EnqueueNDRangeKernel,                                                                  \
    (object, object, uint32_t, const size_t *, const size_t *, const size_t *, uint32_t, void *,   \
     void *))                                                                                      \
  F(status, EnqueueReadBuffer,                                                                     \
    (object, object, uint32_t, size_t, size_t, void *, uint32_t, void *, void *))                  \
  F(status, Flush, (object))                                                                       \
  F(status, Finish, (object))                                                                      \
  F(status, ReleaseContext, (object))                                                              \
  F(status, ReleaseCommandQueue, (object))                                                         \
  F(status, ReleaseMemObject, (object))                                                            \
  F(status, ReleaseProgram, (object))                                                              \
  F(status, ReleaseKernel, (object))

static struct {
#define POINTER(result, name, arguments) result(*name) arguments;
  FUNCTIONS(POINTER)
} cl;

static bool load_from(const char *library) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  // POSIX lets a pointer from dlsym be stored through a void * to a function pointer.
#define LOAD(result, name, arguments) \
  if (!(*(void **)&cl.name = dlsym(handle, "cl" #name))) return false;
  FUNCTIONS(LOAD)
  return true;
}

static const char *const library_names[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "/System/Library/Frameworks/OpenCL.framework/OpenCL",
};

static const char *found_library;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void) {
  size_t count = sizeof(library_names) / sizeof(*library_names);
  for (size_t i = 0; i < count && !found_library; i++) {
    if (load_from(library_names[i])) found_library = library_names[i];
  }
}

const char *retrograd_cl_library(void) {
  pthread_once(&load_once, load);
  return found_library;
}

bool retrograd_library_exists(const char *name) {
  void *handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  if (handle) dlclose(handle);
  return handle;
}

static const struct {
  int error;
  const char *name;
} error_names[] = {
    {0, "CL_SUCCESS"},
    {-1, "CL_DEVICE_NOT_FOUND"},
    {-2, "CL_DEVICE_NOT_AVAILABLE"},
    {-3, "CL_COMPILER_NOT_AVAILABLE"},
    {-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
    {-5, "CL_OUT_OF_RESOURCES"},
    {-6, "CL_OUT_OF_HOST_MEMORY"},
    {-11, "CL_BUILD_PROGRAM_FAILURE"},
    {-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST"},
    {-30, "CL_INVALID_VALUE"},
    {-32, "CL_INVALID_PLATFORM"},
    {-33, "CL_INVALID_DEVICE"},
    {-34, "CL_INVALID_CONTEXT"},
    {-36, "CL_INVALID_COMMAND_QUEUE"},
    {-38, "CL_INVALID_MEM_OBJECT"},
    {-42, "CL_INVALID_BINARY"},
    {-43, "CL_INVALID_BUILD_OPTIONS"},
    {-44, "CL_INVALID_PROGRAM"},
    {-45, "CL_INVALID_PROGRAM_EXECUTABLE"},
    {-46, "CL_INVALID_KERNEL_NAME"},
    {-48, "CL_INVALID_KERNEL"},
    {-49, "CL_INVALID_ARG_INDEX"},
    {-50, "CL_INVALID_ARG_VALUE"},
    {-51, "CL_INVALID_ARG_SIZE"},
    {-52, "CL_INVALID_KERNEL_ARGS"},
    {-54, "CL_INVALID_WORK_GROUP_SIZE"},
    {-55, "CL_INVALID_WORK_ITEM_SIZE"},
    {-59, "CL_INVALID_OPERATION"},
    {-61, "CL_INVALID_BUFFER_SIZE"},
    {-63, "CL_INVALID_GLOBAL_WORK_SIZE"},
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
    {RETROGRAD_CL_NO_LIBRARY, "no OpenCL library"},
};

const char *retrograd_cl_error_name(int error) {
  for (size_t i = 0; i < sizeof(error_names) / sizeof(*error_names); i++) {
    if (error_names[i].error == error) return error_names[i].name;
  }
  return "an error of OpenCL without a name here";
}

int retrograd_cl_platforms(object *list, uint32_t capacity, uint32_t *count) {
  *count = 0;
  if (!retrograd_cl_library()) return RETROGRAD_CL_NO_LIBRARY;
  return cl.GetPlatformIDs(capacity, list, count);
}

int retrograd_cl_devices(object platform, object *list, uint32_t capacity, uint32_t *count) {
  *count = 0;
  return cl.GetDeviceIDs(platform, (uint32_t)ALL_TYPES, capacity, list, count);
}

// OpenCL's texts end with a zero, which their length counts.
bool retrograd_cl_platform_text(object platform, uint32_t what, char *text, size_t capacity) {
  return cl.GetPlatformInfo(platform, what, capacity, text, NULL) == 0;
}

bool retrograd_cl_device_text(object device, uint32_t what, char *text, size_t capacity) {
  return cl.GetDeviceInfo(device, what, capacity, text, NULL) == 0;
}

uint64_t retrograd_cl_device_number(object device, uint32_t what) {
  // Narrower numbers come first in memory on every machine that has OpenCL.
  uint64_t number = 0;
  return cl.GetDeviceInfo(device, what, sizeof number, &number, NULL) == 0 ? number : 0;
}

object retrograd_cl_make_context(object device, int *error) {
  return cl.CreateContext(NULL, 1, &device, NULL, NULL, error);
}

object retrograd_cl_make_queue(object context, object device, int *error) {
  return cl.CreateCommandQueue(context, device, 0, error);
}

object retrograd_cl_make_buffer(object context, size_t size, const void *content, int *error) {
  uint64_t flags = BUFFER_READ_WRITE | (content ? BUFFER_COPY_CONTENT : 0);
  return cl.CreateBuffer(context, flags, size, (void *)content, error);
}

object retrograd_cl_make_program(object context, const char *text, int *error) {
  return cl.CreateProgramWithSource(context, 1, &text, NULL, error);
}

object retrograd_cl_load_program(object context, object device, const uint8_t *binary, size_t size,
                                 int *error) {
  status binary_status = 0;
  object program =
      cl.CreateProgramWithBinary(context, 1, &device, &size, &binary, &binary_status, error);
  if (!program || binary_status == 0) return program;
  *error = binary_status;
  cl.ReleaseProgram(program);
  return NULL;
}

int retrograd_cl_build(object program, object device, const char *options) {
  return cl.BuildProgram(program, 1, &device, options, NULL, NULL);
}

bool retrograd_cl_build_log(object program, object device, char *text, size_t capacity) {
  return cl.GetProgramBuildInfo(program, device, PROGRAM_BUILD_LOG, capacity, text, NULL) == 0;
}

size_t retrograd_cl_binary_size(object program) {
  size_t size = 0;
  return cl.GetProgramInfo(program, PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) == 0 ? size : 0;
}

int retrograd_cl_binary(object program, uint8_t *bytes) {
  // One pointer for each device, of which there is one.
  return cl.GetProgramInfo(program, PROGRAM_BINARIES, sizeof bytes, &bytes, NULL);
}

object retrograd_cl_make_kernel(object program, const char *name, int *error) {
  return cl.CreateKernel(program, name, error);
}

int retrograd_cl_set_argument(object kernel, uint32_t index, size_t size, const void *value) {
  return cl.SetKernelArg(kernel, index, size, value);
}

int retrograd_cl_set_buffer(object kernel, uint32_t index, object buffer) {
  return cl.SetKernelArg(kernel, index, sizeof buffer, &buffer);
}

int retrograd_cl_run(object queue, object kernel, const size_t *global, const size_t *local) {
  status error =
      cl.EnqueueNDRangeKernel(queue, kernel, 3, NULL, global, local, 0, NULL, NULL);
  // Begin now: some drivers wait until somebody asks for a result.
  return error ? error : cl.Flush(queue);
}

int retrograd_cl_read(object queue, object buffer, size_t size, void *bytes) {
  return cl.EnqueueReadBuffer(queue, buffer, BLOCKING, 0, size, bytes, 0, NULL, NULL);
}

int retrograd_cl_finish(object queue) { return cl.Finish(queue); }

void retrograd_cl_release_context(object context) { cl.ReleaseContext(context); }
void retrograd_cl_release_queue(object queue) { cl.ReleaseCommandQueue(queue); }
void retrograd_cl_release_buffer(object buffer) { cl.ReleaseMemObject(buffer); }
void retrograd_cl_release_program(object program) { cl.ReleaseProgram(program); }
void retrograd_cl_release_kernel(object kernel) { cl.ReleaseKernel(kernel); }

uint32_t retrograd_devices_are_used = 0;

void retrograd_use_devices(void) {
  __atomic_store_n(&retrograd_devices_are_used, 1, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void read_environment(void) {
  const char *asked = getenv("RETROGRAD_DEVICE");
  if (asked && *asked && strcmp(asked, "cpu") != 0) retrograd_use_devices();
}
