#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What became of decoding or encoding a PNG picture.
enum {
  RETROGRAD_PNG_OK = 0,
  RETROGRAD_PNG_DAMAGED = 1,    // `message` says how
  RETROGRAD_PNG_TRUNCATED = 2,  // the data ends early
  RETROGRAD_PNG_TOO_LARGE = 3,  // more pixels than the limit; `width` and `height` say how many
  RETROGRAD_PNG_NO_MEMORY = 4,
  RETROGRAD_PNG_NOT_BUILT = 5,   // the package was built without libpng's header
  RETROGRAD_PNG_NO_LIBRARY = 6,  // the library is not installed where the program runs
};

typedef struct {
  int status;
  char message[256];  // of a success: what is wrong behind the last row; empty if nothing is
  size_t width, height;
  uint8_t *pixels;  // width * height * 3 bytes of red, green and blue, for `free`; NULL on failure
} retrograd_png_picture;

// Decodes a picture of any kind that PNG knows to red, green and blue. Transparency is dropped, 16 bits
// lose their lower 8, numbers outside of the palette are black; all chunks but the header, the palette
// and the data are passed over. Checksums are not compared: that is for who takes the file apart.
// `library`, if not NULL, names the one library file to try.
retrograd_png_picture retrograd_png_decode(const uint8_t *bytes, size_t count, size_t pixel_limit,
                                           const char *library);

typedef struct {
  int status;
  char message[256];
  uint8_t *bytes;  // for `free`; NULL on failure
  size_t count;
} retrograd_png_file;

// Encodes width * height * 3 bytes of red, green and blue. `is_fast` says whether time matters more than
// size; `library` is as above.
retrograd_png_file retrograd_png_encode(const uint8_t *pixels, size_t width, size_t height,
                                        bool is_fast, const char *library);
