#include "embedded_network.h"

// #embed is of C23; the compilers of Swift 6 know it in every version of the language.
#pragma clang diagnostic ignored "-Wc23-extensions"

#if __has_embed("../mini-alexnet.safetensors") == __STDC_EMBED_FOUND__

static const unsigned char network[] = {
#embed "../mini-alexnet.safetensors"
};

const unsigned char *retrograd_embedded_network(void) { return network; }
size_t retrograd_embedded_network_size(void) { return sizeof network; }

#else

const unsigned char *retrograd_embedded_network(void) { return 0; }
size_t retrograd_embedded_network_size(void) { return 0; }

#endif
