#include "embedded_weights.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The file becomes a part of the program, which may then be moved anywhere (`#embed` of C23).
#if __has_embed("../mini-alexnet.safetensors") == __STDC_EMBED_FOUND__
static const unsigned char mini_alexnet[] = {
#embed "../mini-alexnet.safetensors"
};
const unsigned char *const retrograd_mini_alexnet = mini_alexnet;
const long retrograd_mini_alexnet_size = sizeof(mini_alexnet);
#else
const unsigned char *const retrograd_mini_alexnet = 0;
const long retrograd_mini_alexnet_size = 0;
#endif
