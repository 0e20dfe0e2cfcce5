// Encodes PNG pictures with libpng's classic interface; its longjmp stays inside this file.
#include "library.h"

#ifndef HAS_PNG

retrograd_png_file retrograd_png_encode(const uint8_t *pixels, size_t width, size_t height,
                                        bool is_fast, const char *library) {
  (void)pixels, (void)width, (void)height, (void)is_fast, (void)library;
  return (retrograd_png_file){.status = RETROGRAD_PNG_NOT_BUILT};
}

#else

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local const png_functions *libpng;

// The encoder and what it holds, outside of the function that longjmp returns to.
typedef struct {
  png_structp png;
  png_infop info;
  jmp_buf out;
  size_t room;
  retrograd_png_file *result;
} encoder;

static void fail(png_structp png, png_const_charp message) {
  encoder *e = libpng->png_get_error_ptr(png);
  if (e->result->status == RETROGRAD_PNG_OK) e->result->status = RETROGRAD_PNG_DAMAGED;
  snprintf(e->result->message, sizeof e->result->message, "%s", message);
  longjmp(e->out, 1);
}

static void be_silent(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void take(png_structp png, png_bytep bytes, size_t count) {
  encoder *e = libpng->png_get_io_ptr(png);
  retrograd_png_file *result = e->result;
  if (count > e->room - result->count) {
    size_t room = 2 * e->room + count + 4096;
    uint8_t *larger = realloc(result->bytes, room);
    if (!larger) {
      result->status = RETROGRAD_PNG_NO_MEMORY;
      libpng->png_error(png, "there is not enough memory");
    }
    result->bytes = larger;
    e->room = room;
  }
  memcpy(result->bytes + result->count, bytes, count);
  result->count += count;
}

static void flush(png_structp png) { (void)png; }

static void encode(encoder *e, const uint8_t *pixels, size_t width, size_t height, bool is_fast) {
  if (setjmp(e->out)) return;
  e->png = libpng->png_create_write_struct(PNG_LIBPNG_VER_STRING, e, fail, be_silent);
  if (e->png) e->info = libpng->png_create_info_struct(e->png);
  if (!e->info) {
    e->result->status = RETROGRAD_PNG_NO_MEMORY;
    return;
  }
  libpng->png_set_write_fn(e->png, e, take, flush);
  libpng->png_set_user_limits(e->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  if (width > PNG_UINT_31_MAX || height > PNG_UINT_31_MAX) {
    libpng->png_error(e->png, "it is wider or higher than PNG can say");
  }
  libpng->png_set_IHDR(e->png, e->info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  libpng->png_set_sRGB(e->png, e->info, PNG_sRGB_INTENT_PERCEPTUAL);
  if (is_fast) {
    libpng->png_set_filter(e->png, PNG_FILTER_TYPE_BASE, PNG_NO_FILTERS);
    libpng->png_set_compression_level(e->png, 3);
  }
  libpng->png_write_info(e->png, e->info);
  for (size_t y = 0; y < height; y++) libpng->png_write_row(e->png, pixels + 3 * width * y);
  libpng->png_write_end(e->png, e->info);
}

retrograd_png_file retrograd_png_encode(const uint8_t *pixels, size_t width, size_t height,
                                        bool is_fast, const char *library) {
  retrograd_png_file result = {.status = RETROGRAD_PNG_OK};
  libpng = retrograd_png_library(library);
  if (!libpng) {
    result.status = RETROGRAD_PNG_NO_LIBRARY;
    return result;
  }
  encoder e = {.result = &result};
  encode(&e, pixels, width, height, is_fast);
  if (e.png) libpng->png_destroy_write_struct(&e.png, &e.info);
  if (result.status != RETROGRAD_PNG_OK) {
    free(result.bytes);
    result.bytes = NULL;
    result.count = 0;
  }
  return result;
}

#endif
