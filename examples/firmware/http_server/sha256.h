/* SHA-256 (FIPS 180-4) of a stream of octets. */
#ifndef SHA256_H_
#define SHA256_H_

#include <stddef.h>
#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t length; /* octets so far */
  uint8_t block[64];
};

void sha256_begin(struct sha256* hash);
void sha256_add(struct sha256* hash, const void* data, size_t size);
/* Writes 64 hexadecimal digits and a zero octet. */
void sha256_end(struct sha256* hash, char text[65]);

#endif
