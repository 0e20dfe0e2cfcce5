// Decodes PNG pictures with libpng's classic interface.
//
// libpng reports errors by longjmp, which must not cross Swift frames; it stays inside this file. Of
// libpng's changes of pixels only the simplest are asked for; what is left is done here.
#include "library.h"

#ifndef HAS_PNG

retrograd_png_picture retrograd_png_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                           const char *library) {
  (void)bytes, (void)count, (void)pixel_limit, (void)library;
  return (retrograd_png_picture){.status = RETROGRAD_PNG_NOT_BUILT};
}

#else

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local const png_functions *libpng;

// The decoder and what it holds, outside of the function that longjmp returns to.
typedef struct {
  png_structp png;
  png_infop info;
  jmp_buf out;
  const uint8_t *next;
  size_t left;
  size_t pixel_limit;
  size_t channels;
  uint8_t colors[256][3];  // of gray levels, or of numbers in the palette
  retrograd_png_picture *result;
} decoder;

// Behind the last row libpng looks for the end of the data, and fails where there is none.
static bool has_all_rows(const decoder *d) {
  if (!d->result->pixels) return false;
  return libpng->png_get_interlace_type(d->png, d->info) == PNG_INTERLACE_NONE
             ? libpng->png_get_current_row_number(d->png) >= d->result->height
             : libpng->png_get_current_pass_number(d->png) >= PNG_INTERLACE_ADAM7_PASSES;
}

static void fail(png_structp png, png_const_charp message) {
  decoder *d = libpng->png_get_error_ptr(png);
  if (d->result->status == RETROGRAD_PNG_OK && !has_all_rows(d)) {
    d->result->status = RETROGRAD_PNG_DAMAGED;
  }
  snprintf(d->result->message, sizeof d->result->message, "%s", message);
  longjmp(d->out, 1);
}

static void be_silent(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void give(png_structp png, png_bytep target, size_t count) {
  decoder *d = libpng->png_get_io_ptr(png);
  if (count > d->left) {
    d->result->status = RETROGRAD_PNG_TRUNCATED;
    libpng->png_error(png, "the data ends early");
  }
  memcpy(target, d->next, count);
  d->next += count;
  d->left -= count;
}

static void set_up(decoder *d) {
  png_structp png = d->png;
  libpng->png_set_read_fn(png, d, give);
  libpng->png_set_benign_errors(png, 1);
  libpng->png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  // The number of pixels is what counts, and is checked below.
  libpng->png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
#ifdef PNG_SET_UNKNOWN_CHUNKS_SUPPORTED
  static const png_byte transparency[5] = "tRNS";
  libpng->png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  libpng->png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, transparency, 1);
#endif
#ifdef PNG_MAXIMUM_INFLATE_WINDOW
  // Some programs wrote a smaller window into the data than they used.
  libpng->png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
#endif
}

static void set_colors(decoder *d, int depth) {
  png_colorp palette = NULL;
  int count = 0;
  if (libpng->png_get_color_type(d->png, d->info) != PNG_COLOR_TYPE_PALETTE) {
    int white = depth >= 8 ? 255 : (1 << depth) - 1;
    for (int level = 0; level <= white; level++) memset(d->colors[level], level * 255 / white, 3);
  } else if (libpng->png_get_PLTE(d->png, d->info, &palette, &count) != 0) {
    for (int i = 0; i < count && i < 256; i++) {
      d->colors[i][0] = palette[i].red;
      d->colors[i][1] = palette[i].green;
      d->colors[i][2] = palette[i].blue;
    }
  }
}

static void decode(decoder *d) {
  retrograd_png_picture *result = d->result;
  if (setjmp(d->out)) return;
  d->png = libpng->png_create_read_struct(PNG_LIBPNG_VER_STRING, d, fail, be_silent);
  if (d->png) d->info = libpng->png_create_info_struct(d->png);
  if (!d->info) {
    result->status = RETROGRAD_PNG_NO_MEMORY;
    return;
  }
  set_up(d);
  libpng->png_read_info(d->png, d->info);
  size_t width = libpng->png_get_image_width(d->png, d->info);
  size_t height = libpng->png_get_image_height(d->png, d->info);
  result->width = width;
  result->height = height;
  if (width > SIZE_MAX / 3 / height || width * height > d->pixel_limit) {
    result->status = RETROGRAD_PNG_TOO_LARGE;
    return;
  }
  int depth = libpng->png_get_bit_depth(d->png, d->info);
  set_colors(d, depth);
  if (depth < 8) libpng->png_set_packing(d->png);
  if (depth == 16) libpng->png_set_strip_16(d->png);
  if (libpng->png_get_color_type(d->png, d->info) & PNG_COLOR_MASK_ALPHA) libpng->png_set_strip_alpha(d->png);
  int passes = libpng->png_set_interlace_handling(d->png);
  libpng->png_read_update_info(d->png, d->info);
  d->channels = libpng->png_get_channels(d->png, d->info);
  if ((d->channels != 1 && d->channels != 3) ||
      libpng->png_get_rowbytes(d->png, d->info) != d->channels * width) {
    libpng->png_error(d->png, "its rows have a size that does not fit its header");
  }
  result->pixels = calloc(width * height, 3);
  if (!result->pixels) {
    result->status = RETROGRAD_PNG_NO_MEMORY;
    return;
  }
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) {
      libpng->png_read_row(d->png, result->pixels + 3 * width * y, NULL);
    }
  }
}

// Puts colors in place of gray levels and of numbers in a palette.
static void color(const decoder *d) {
  size_t width = d->result->width;
  for (size_t y = 0; y < d->result->height; y++) {
    // A row's levels stand in its first third, so its end comes first.
    uint8_t *row = d->result->pixels + 3 * width * y;
    for (size_t x = width; x-- > 0;) memcpy(row + 3 * x, d->colors[row[x]], 3);
  }
}

retrograd_png_picture retrograd_png_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                           const char *library) {
  retrograd_png_picture result = {.status = RETROGRAD_PNG_OK};
  libpng = retrograd_png_library(library);
  if (!libpng) {
    result.status = RETROGRAD_PNG_NO_LIBRARY;
    return result;
  }
  decoder d = {.next = bytes, .left = count, .pixel_limit = pixel_limit, .result = &result};
  decode(&d);
  if (d.png) libpng->png_destroy_read_struct(&d.png, &d.info, NULL);
  if (result.status == RETROGRAD_PNG_OK) {
    if (d.channels == 1) color(&d);
  } else {
    free(result.pixels);
    result.pixels = NULL;
  }
  return result;
}

#endif
