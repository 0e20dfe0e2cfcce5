#include "library.h"

#ifdef HAS_PNG

#include <dlfcn.h>
#include <pthread.h>

static bool load(const char *file, png_functions *functions) {
  void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  bool has_all = true;
  // POSIX lets a pointer from dlsym be stored through a void * to a function pointer.
#define LOAD(name)                                            \
  *(void **)&functions->name = dlsym(handle, #name);          \
  has_all = has_all && functions->name;
  FOR_EACH_PNG_FUNCTION(LOAD)
#undef LOAD
  return has_all;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static png_functions installed;
static bool is_installed = false;

// The library checks by itself that it is of the header's version.
static void load_installed(void) {
  static const char *const names[] = {
      "libpng16.so.16",
      "libpng16.16.dylib",
      "/opt/homebrew/lib/libpng16.16.dylib",
      "/usr/local/lib/libpng16.16.dylib",
      "libpng.so",
      "libpng.dylib",
  };
  for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !is_installed; i++) {
    is_installed = load(names[i], &installed);
  }
}

const png_functions *retrograd_png_library(const char *file) {
  if (file) {
    static _Thread_local png_functions named;
    return load(file, &named) ? &named : NULL;
  }
  pthread_once(&once, load_installed);
  return is_installed ? &installed : NULL;
}

#endif
