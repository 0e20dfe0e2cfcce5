#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What became of decoding a JPEG picture.
enum {
  RETROGRAD_JPEG_OK = 0,
  RETROGRAD_JPEG_NOT_BUILT = 1,   // the package was built without libjpeg's header
  RETROGRAD_JPEG_NO_LIBRARY = 2,  // the library is not installed where the program runs
  RETROGRAD_JPEG_DAMAGED = 3,     // `message` says how
  RETROGRAD_JPEG_TRUNCATED = 4,   // the data ends early
  RETROGRAD_JPEG_TOO_LARGE = 5,   // more pixels than the limit; `width` and `height` say how many
  RETROGRAD_JPEG_NO_MEMORY = 6,
  RETROGRAD_JPEG_TOO_MANY_SCANS = 7,  // more than its pixels leave time for; `message` says how many
};

typedef struct {
  int status;
  char message[256];  // of a success: libjpeg's first warning; empty if it had none
  size_t width, height;
  uint8_t *pixels;  // width * height * 3 bytes of red, green and blue, for `free`; NULL on failure
} retrograd_jpeg_result;

// Decodes a picture of any kind that libjpeg knows to red, green and blue. `library`, if not NULL, names
// the one library file to try.
retrograd_jpeg_result retrograd_jpeg_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                            const char *library);
