// libpng, which is optional: at build time its header may be absent, at run time the library. It is found
// with dlopen, so the program starts without it.
#pragma once
#include "RetrogradCPNG.h"

#if !defined(RETROGRAD_NO_PNG) && defined(__has_include)
#if __has_include(<png.h>)
#include <png.h>
#define HAS_PNG 1
#elif __has_include("/opt/homebrew/include/png.h")
#include "/opt/homebrew/include/png.h"
#define HAS_PNG 1
#endif
#endif

#ifdef HAS_PNG

// The functions of the library that are used here.
#define FOR_EACH_PNG_FUNCTION(USE)                                                                \
  USE(png_create_info_struct)                                                                     \
  USE(png_create_read_struct)                                                                     \
  USE(png_create_write_struct)                                                                    \
  USE(png_destroy_read_struct)                                                                    \
  USE(png_destroy_write_struct)                                                                   \
  USE(png_error)                                                                                  \
  USE(png_get_PLTE)                                                                               \
  USE(png_get_bit_depth)                                                                          \
  USE(png_get_channels)                                                                           \
  USE(png_get_color_type)                                                                         \
  USE(png_get_current_pass_number)                                                                \
  USE(png_get_current_row_number)                                                                 \
  USE(png_get_error_ptr)                                                                          \
  USE(png_get_image_height)                                                                       \
  USE(png_get_image_width)                                                                        \
  USE(png_get_interlace_type)                                                                     \
  USE(png_get_io_ptr)                                                                             \
  USE(png_get_rowbytes)                                                                           \
  USE(png_read_info)                                                                              \
  USE(png_read_row)                                                                               \
  USE(png_read_update_info)                                                                       \
  USE(png_set_IHDR)                                                                               \
  USE(png_set_benign_errors)                                                                      \
  USE(png_set_compression_level)                                                                  \
  USE(png_set_crc_action)                                                                         \
  USE(png_set_filter)                                                                             \
  USE(png_set_interlace_handling)                                                                 \
  USE(png_set_keep_unknown_chunks)                                                                \
  USE(png_set_option)                                                                             \
  USE(png_set_packing)                                                                            \
  USE(png_set_read_fn)                                                                            \
  USE(png_set_sRGB)                                                                               \
  USE(png_set_strip_16)                                                                           \
  USE(png_set_strip_alpha)                                                                        \
  USE(png_set_user_limits)                                                                        \
  USE(png_set_write_fn)                                                                           \
  USE(png_write_end)                                                                              \
  USE(png_write_info)                                                                             \
  USE(png_write_row)

typedef struct {
#define DECLARE(name) __typeof__(&name) name;
  FOR_EACH_PNG_FUNCTION(DECLARE)
#undef DECLARE
} png_functions;

// The library's functions, or NULL where there is none. `file`, if not NULL, names the one library file to
// try; what was found in it stays until the thread asks for another.
const png_functions *retrograd_png_library(const char *file);

#endif
