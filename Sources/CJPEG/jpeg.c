// Decodes JPEG pictures with libjpeg, which is optional: at build time its header may be absent, at run
// time the library. It is found with dlopen, so the program starts without it.
//
// libjpeg reports errors by longjmp, which must not cross Swift frames; it stays inside this file.
#include "RetrogradCJPEG.h"

#if !defined(RETROGRAD_NO_JPEG) && defined(__has_include)
#if __has_include(<jpeglib.h>) || __has_include("/opt/homebrew/include/jpeglib.h")
#define HAS_JPEG 1
#endif
#endif

#ifndef HAS_JPEG

retrograd_jpeg_result retrograd_jpeg_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                            const char *library) {
  (void)bytes, (void)count, (void)pixel_limit, (void)library;
  return (retrograd_jpeg_result){.status = RETROGRAD_JPEG_NOT_BUILT};
}

#else

#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<jpeglib.h>)
#include <jpeglib.h>

#include <jerror.h>
#else
#include "/opt/homebrew/include/jpeglib.h"

#include "/opt/homebrew/include/jerror.h"
#endif

// The functions of the library that are used here.
typedef struct {
  struct jpeg_error_mgr *(*std_error)(struct jpeg_error_mgr *);
  void (*create_decompress)(j_decompress_ptr, int, size_t);
  void (*mem_src)(j_decompress_ptr, const unsigned char *, unsigned long);
  int (*read_header)(j_decompress_ptr, boolean);
  boolean (*start_decompress)(j_decompress_ptr);
  JDIMENSION (*read_scanlines)(j_decompress_ptr, JSAMPARRAY, JDIMENSION);
  boolean (*finish_decompress)(j_decompress_ptr);
  void (*destroy_decompress)(j_decompress_ptr);
} jpeg_functions;

static bool load_from(void *handle, jpeg_functions *functions) {
  // POSIX lets a pointer from dlsym be stored through a void * to a function pointer.
  *(void **)&functions->std_error = dlsym(handle, "jpeg_std_error");
  *(void **)&functions->create_decompress = dlsym(handle, "jpeg_CreateDecompress");
  *(void **)&functions->mem_src = dlsym(handle, "jpeg_mem_src");
  *(void **)&functions->read_header = dlsym(handle, "jpeg_read_header");
  *(void **)&functions->start_decompress = dlsym(handle, "jpeg_start_decompress");
  *(void **)&functions->read_scanlines = dlsym(handle, "jpeg_read_scanlines");
  *(void **)&functions->finish_decompress = dlsym(handle, "jpeg_finish_decompress");
  *(void **)&functions->destroy_decompress = dlsym(handle, "jpeg_destroy_decompress");
  return functions->std_error && functions->create_decompress && functions->mem_src &&
         functions->read_header && functions->start_decompress && functions->read_scanlines &&
         functions->finish_decompress && functions->destroy_decompress;
}

// The library must have the layout of the header that this was compiled against.
static const char *const library_names[] = {
#if JPEG_LIB_VERSION >= 80
    "libjpeg.so.8", "libjpeg.8.dylib", "/opt/homebrew/lib/libjpeg.8.dylib",
    "/usr/local/lib/libjpeg.8.dylib",
#else
    "libjpeg.so.62", "libjpeg.62.dylib", "/opt/homebrew/lib/libjpeg.62.dylib",
    "/usr/local/lib/libjpeg.62.dylib",
#endif
    "libjpeg.so", "libjpeg.dylib", "/opt/homebrew/lib/libjpeg.dylib",
    "/usr/local/lib/libjpeg.dylib",
};

static bool load(const char *library, jpeg_functions *functions) {
  size_t count = library ? 1 : sizeof(library_names) / sizeof(*library_names);
  for (size_t i = 0; i < count; i++) {
    void *handle = dlopen(library ? library : library_names[i], RTLD_NOW | RTLD_LOCAL);
    if (handle && load_from(handle, functions)) return true;
  }
  return false;
}

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf out;
  bool has_all_rows;
  retrograd_jpeg_result *result;
} error_manager;

static void fail(j_common_ptr info) {
  error_manager *manager = (error_manager *)info->err;
  if (manager->result->status == RETROGRAD_JPEG_OK) {
    manager->result->status = RETROGRAD_JPEG_DAMAGED;
    info->err->format_message(info, manager->result->message);
  }
  longjmp(manager->out, 1);
}

// libjpeg goes on after a warning, with gray in place of what is missing, and so does this: the first
// warning is handed on. Only a file that ends before its last row was cut off, which is an error.
static void warn(j_common_ptr info, int level) {
  if (level >= 0) return;
  error_manager *manager = (error_manager *)info->err;
  if (info->err->msg_code == JWRN_JPEG_EOF && !manager->has_all_rows) {
    manager->result->status = RETROGRAD_JPEG_TRUNCATED;
    info->err->format_message(info, manager->result->message);
    longjmp(manager->out, 1);
  }
  if (info->err->num_warnings++ == 0) info->err->format_message(info, manager->result->message);
}

static void be_silent(j_common_ptr info) { (void)info; }

// A progressive picture may consist of any number of scans, and one of a few bytes takes as long as the
// picture has pixels. Programs write 10 or so; small pictures may have hundreds, large ones that many.
enum { SCANS_ALWAYS = 24, SCANS_NEVER = 500 };
static const size_t scan_pixels = (size_t)1 << 31;

static void limit_scans(j_common_ptr info) {
  if (!info->is_decompressor) return;
  j_decompress_ptr picture = (j_decompress_ptr)info;
  size_t pixels = (size_t)picture->image_width * picture->image_height;
  size_t limit = pixels == 0 ? SCANS_NEVER : scan_pixels / pixels;
  if (limit < SCANS_ALWAYS) limit = SCANS_ALWAYS;
  if (limit > SCANS_NEVER) limit = SCANS_NEVER;
  if ((size_t)picture->input_scan_number > limit) {
    error_manager *manager = (error_manager *)info->err;
    manager->result->status = RETROGRAD_JPEG_TOO_MANY_SCANS;
    snprintf(manager->result->message, sizeof manager->result->message,
             "there are more than %zu scans", limit);
    longjmp(manager->out, 1);
  }
}

static int multiply(int a, int b) {
  int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// Cyan, magenta, yellow and black to red, green and blue. Programs store the four inverted, as Adobe's do.
static void from_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++) {
    int light = cmyk[4 * x + 3];
    for (int channel = 0; channel < 3; channel++) {
      int value = light - multiply(255 - cmyk[4 * x + channel], light);
      rgb[3 * x + channel] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

// The decoder and what it holds, outside of the function that longjmp returns to.
typedef struct {
  struct jpeg_decompress_struct info;
  error_manager errors;
  struct jpeg_progress_mgr progress;
  uint8_t *row;
} decoder;

static void decode(const jpeg_functions *f, decoder *d, const uint8_t *bytes, size_t count,
                   size_t pixel_limit, retrograd_jpeg_result *result) {
  d->info.err = f->std_error(&d->errors.base);
  d->errors.base.error_exit = fail;
  d->errors.base.emit_message = warn;
  d->errors.base.output_message = be_silent;
  d->errors.result = result;
  if (setjmp(d->errors.out)) return;
  f->create_decompress(&d->info, JPEG_LIB_VERSION, sizeof d->info);
  d->progress.progress_monitor = limit_scans;
  d->info.progress = &d->progress;
  f->mem_src(&d->info, bytes, count);
  f->read_header(&d->info, TRUE);
  result->width = d->info.image_width;
  result->height = d->info.image_height;
  if (result->width * result->height > pixel_limit) {
    result->status = RETROGRAD_JPEG_TOO_LARGE;
    return;
  }
  bool is_cmyk = d->info.num_components == 4;
  d->info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  f->start_decompress(&d->info);
  result->pixels = malloc(result->width * result->height * 3);
  if (is_cmyk) d->row = malloc(result->width * 4);
  if (!result->pixels || (is_cmyk && !d->row)) {
    result->status = RETROGRAD_JPEG_NO_MEMORY;
    return;
  }
  while (d->info.output_scanline < d->info.output_height) {
    uint8_t *target = result->pixels + (size_t)d->info.output_scanline * result->width * 3;
    uint8_t *row = is_cmyk ? d->row : target;
    if (f->read_scanlines(&d->info, &row, 1) == 1 && is_cmyk) {
      from_cmyk(row, target, result->width);
    }
  }
  d->errors.has_all_rows = true;
  f->finish_decompress(&d->info);
}

retrograd_jpeg_result retrograd_jpeg_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                            const char *library) {
  retrograd_jpeg_result result = {.status = RETROGRAD_JPEG_OK};
  jpeg_functions functions;
  if (!load(library, &functions)) {
    result.status = RETROGRAD_JPEG_NO_LIBRARY;
    return result;
  }
  decoder *d = calloc(1, sizeof *d);
  if (!d) {
    result.status = RETROGRAD_JPEG_NO_MEMORY;
    return result;
  }
  decode(&functions, d, bytes, count, pixel_limit, &result);
  functions.destroy_decompress(&d->info);
  free(d->row);
  free(d);
  if (result.status != RETROGRAD_JPEG_OK) {
    free(result.pixels);
    result.pixels = NULL;
  }
  return result;
}

#endif
