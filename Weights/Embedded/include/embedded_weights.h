#pragma once

/// The embedded network as a safetensors file.
extern const unsigned char *const _Nullable retrograd_mini_alexnet;
/// Its size in bytes; 0 in a build without it.
extern const long retrograd_mini_alexnet_size;
