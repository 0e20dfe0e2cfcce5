// The photographs that are embedded into the lessons.
#ifndef RETROGRAD_EMBEDDED_PHOTOGRAPHS_H
#define RETROGRAD_EMBEDDED_PHOTOGRAPHS_H

#include <stddef.h>

/// A JPEG file of Lessons/Photographs.
typedef struct {
  /// Its name without extension.
  const char *_Nonnull name;
  /// Its first byte.
  const unsigned char *_Nonnull start;
  /// The number of its bytes.
  size_t size;
} retrograd_photograph;

/// All of them, in the order of their names.
const retrograd_photograph *_Nonnull retrograd_photographs(void);

/// The number of photographs.
size_t retrograd_photograph_count(void);

#endif
