// Feeds damaged files to the decoders of pictures alone, without Swift: libFuzzer's entry point.
#include <stdlib.h>

#include "RetrogradCJPEG.h"
#include "RetrogradCPNG.h"

enum { PIXEL_LIMIT = 1 << 16 };

// Reads every pixel, so that a sanitizer sees one that was never written or lies outside.
static void look_at(const uint8_t *pixels, size_t width, size_t height) {
  unsigned sum = 0;
  for (size_t i = 0; i < 3 * width * height; i++) sum += pixels[i];
  static volatile unsigned result;
  result = sum;
}

static void decode_png(const uint8_t *bytes, size_t count) {
  retrograd_png_picture picture = retrograd_png_decode(bytes, count, PIXEL_LIMIT, NULL);
  if (picture.status != RETROGRAD_PNG_OK) {
    if (picture.pixels) abort();
    return;
  }
  if (picture.width * picture.height > PIXEL_LIMIT) abort();
  look_at(picture.pixels, picture.width, picture.height);
  // What was read can be written, and reads back as it was.
  retrograd_png_file file =
      retrograd_png_encode(picture.pixels, picture.width, picture.height, count % 2, NULL);
  if (file.status != RETROGRAD_PNG_OK) abort();
  retrograd_png_picture again = retrograd_png_decode(file.bytes, file.count, PIXEL_LIMIT, NULL);
  if (again.status != RETROGRAD_PNG_OK || again.width != picture.width) abort();
  for (size_t i = 0; i < 3 * picture.width * picture.height; i++) {
    if (again.pixels[i] != picture.pixels[i]) abort();
  }
  free(again.pixels);
  free(file.bytes);
  free(picture.pixels);
}

static void decode_jpeg(const uint8_t *bytes, size_t count) {
  retrograd_jpeg_result picture = retrograd_jpeg_decode(bytes, count, PIXEL_LIMIT, NULL);
  if (picture.status != RETROGRAD_JPEG_OK) {
    if (picture.pixels) abort();
    return;
  }
  if (picture.width * picture.height > PIXEL_LIMIT) abort();
  look_at(picture.pixels, picture.width, picture.height);
  free(picture.pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  if (count > 1 && bytes[0] == 0xFF) {
    decode_jpeg(bytes, count);
  } else {
    decode_png(bytes, count);
  }
  return 0;
}
