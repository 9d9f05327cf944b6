#ifndef KAFKASIM_CCHECKSUMS_H
#define KAFKASIM_CCHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/// Continues a CRC-32C (Castagnoli) over `length` bytes. Start with `crc` 0.
/// Uses the processor's instruction where it has one, sliced tables otherwise; same result.
uint32_t kafkasim_crc32c(uint32_t crc, const uint8_t *bytes, size_t length);

/// The table-driven form, on every processor: what the instruction is tested against.
uint32_t kafkasim_crc32c_portable(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
