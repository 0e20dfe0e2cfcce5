// The bytes of the network that is embedded into the program.
#ifndef RETROGRAD_EMBEDDED_NETWORK_H
#define RETROGRAD_EMBEDDED_NETWORK_H

#include <stddef.h>

/// The first byte of Weights/mini-alexnet.safetensors; null when the build had no such file, or an
/// empty one.
const unsigned char *_Nullable retrograd_embedded_network(void);

/// How many bytes there are.
size_t retrograd_embedded_network_size(void);

#endif
