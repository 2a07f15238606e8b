/** \file Octet order: swapping, and unaligned reading and writing. */
#ifndef ZEPHYR_SYS_BYTEORDER_H_
#define ZEPHYR_SYS_BYTEORDER_H_

#include <zephyr/types.h>

#define BSWAP_16(x) ((uint16_t)__builtin_bswap16(x))
#define BSWAP_32(x) ((uint32_t)__builtin_bswap32(x))
#define BSWAP_64(x) ((uint64_t)__builtin_bswap64(x))
#define BSWAP_24(x) ((uint32_t)(BSWAP_32(x) >> 8))
#define BSWAP_48(x) ((uint64_t)(BSWAP_64(x) >> 16))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define sys_le16_to_cpu(x) (x)
#define sys_cpu_to_le16(x) (x)
#define sys_be16_to_cpu(x) BSWAP_16(x)
#define sys_cpu_to_be16(x) BSWAP_16(x)
#define sys_le24_to_cpu(x) (x)
#define sys_cpu_to_le24(x) (x)
#define sys_be24_to_cpu(x) BSWAP_24(x)
#define sys_cpu_to_be24(x) BSWAP_24(x)
#define sys_le32_to_cpu(x) (x)
#define sys_cpu_to_le32(x) (x)
#define sys_be32_to_cpu(x) BSWAP_32(x)
#define sys_cpu_to_be32(x) BSWAP_32(x)
#define sys_le48_to_cpu(x) (x)
#define sys_cpu_to_le48(x) (x)
#define sys_be48_to_cpu(x) BSWAP_48(x)
#define sys_cpu_to_be48(x) BSWAP_48(x)
#define sys_le64_to_cpu(x) (x)
#define sys_cpu_to_le64(x) (x)
#define sys_be64_to_cpu(x) BSWAP_64(x)
#define sys_cpu_to_be64(x) BSWAP_64(x)
#else
#define sys_le16_to_cpu(x) BSWAP_16(x)
#define sys_cpu_to_le16(x) BSWAP_16(x)
#define sys_be16_to_cpu(x) (x)
#define sys_cpu_to_be16(x) (x)
#define sys_le24_to_cpu(x) BSWAP_24(x)
#define sys_cpu_to_le24(x) BSWAP_24(x)
#define sys_be24_to_cpu(x) (x)
#define sys_cpu_to_be24(x) (x)
#define sys_le32_to_cpu(x) BSWAP_32(x)
#define sys_cpu_to_le32(x) BSWAP_32(x)
#define sys_be32_to_cpu(x) (x)
#define sys_cpu_to_be32(x) (x)
#define sys_le48_to_cpu(x) BSWAP_48(x)
#define sys_cpu_to_le48(x) BSWAP_48(x)
#define sys_be48_to_cpu(x) (x)
#define sys_cpu_to_be48(x) (x)
#define sys_le64_to_cpu(x) BSWAP_64(x)
#define sys_cpu_to_le64(x) BSWAP_64(x)
#define sys_be64_to_cpu(x) (x)
#define sys_cpu_to_be64(x) (x)
#endif

/* The `count` octets at `from` as a number, the most significant one first. */
static inline uint64_t zsock_get_be(const uint8_t* from, size_t count) {
  uint64_t value = 0;
  size_t i;

  for (i = 0; i < count; ++i) {
    value = value << 8 | from[i];
  }
  return value;
}
static inline uint64_t zsock_get_le(const uint8_t* from, size_t count) {
  uint64_t value = 0;

  while (count > 0) {
    value = value << 8 | from[--count];
  }
  return value;
}
static inline void zsock_put_be(uint64_t value, uint8_t* to, size_t count) {
  while (count > 0) {
    to[--count] = (uint8_t)value;
    value >>= 8;
  }
}
static inline void zsock_put_le(uint64_t value, uint8_t* to, size_t count) {
  size_t i;

  for (i = 0; i < count; ++i) {
    to[i] = (uint8_t)value;
    value >>= 8;
  }
}

static inline uint16_t sys_get_be16(const uint8_t from[2]) {
  return (uint16_t)zsock_get_be(from, 2);
}
static inline void sys_put_be16(uint16_t value, uint8_t to[2]) {
  zsock_put_be(value, to, 2);
}
static inline uint16_t sys_get_le16(const uint8_t from[2]) {
  return (uint16_t)zsock_get_le(from, 2);
}
static inline void sys_put_le16(uint16_t value, uint8_t to[2]) {
  zsock_put_le(value, to, 2);
}
static inline uint32_t sys_get_be24(const uint8_t from[3]) {
  return (uint32_t)zsock_get_be(from, 3);
}
static inline void sys_put_be24(uint32_t value, uint8_t to[3]) {
  zsock_put_be(value, to, 3);
}
static inline uint32_t sys_get_le24(const uint8_t from[3]) {
  return (uint32_t)zsock_get_le(from, 3);
}
static inline void sys_put_le24(uint32_t value, uint8_t to[3]) {
  zsock_put_le(value, to, 3);
}
static inline uint32_t sys_get_be32(const uint8_t from[4]) {
  return (uint32_t)zsock_get_be(from, 4);
}
static inline void sys_put_be32(uint32_t value, uint8_t to[4]) {
  zsock_put_be(value, to, 4);
}
static inline uint32_t sys_get_le32(const uint8_t from[4]) {
  return (uint32_t)zsock_get_le(from, 4);
}
static inline void sys_put_le32(uint32_t value, uint8_t to[4]) {
  zsock_put_le(value, to, 4);
}
static inline uint64_t sys_get_be48(const uint8_t from[6]) {
  return (uint64_t)zsock_get_be(from, 6);
}
static inline void sys_put_be48(uint64_t value, uint8_t to[6]) {
  zsock_put_be(value, to, 6);
}
static inline uint64_t sys_get_le48(const uint8_t from[6]) {
  return (uint64_t)zsock_get_le(from, 6);
}
static inline void sys_put_le48(uint64_t value, uint8_t to[6]) {
  zsock_put_le(value, to, 6);
}
static inline uint64_t sys_get_be64(const uint8_t from[8]) {
  return (uint64_t)zsock_get_be(from, 8);
}
static inline void sys_put_be64(uint64_t value, uint8_t to[8]) {
  zsock_put_be(value, to, 8);
}
static inline uint64_t sys_get_le64(const uint8_t from[8]) {
  return (uint64_t)zsock_get_le(from, 8);
}
static inline void sys_put_le64(uint64_t value, uint8_t to[8]) {
  zsock_put_le(value, to, 8);
}

/** Copies the octets in the opposite order; the areas do not overlap. */
static inline void sys_memcpy_swap(void* to, const void* from, size_t count) {
  uint8_t* const target = (uint8_t*)to;
  const uint8_t* const source = (const uint8_t*)from;
  size_t i;

  for (i = 0; i < count; ++i) {
    target[i] = source[count - 1 - i];
  }
}
/** Turns the order of the octets round. */
static inline void sys_mem_swap(void* memory, size_t count) {
  uint8_t* const octets = (uint8_t*)memory;
  size_t i;

  for (i = 0; i < count / 2; ++i) {
    const uint8_t octet = octets[i];

    octets[i] = octets[count - 1 - i];
    octets[count - 1 - i] = octet;
  }
}

#endif /* ZEPHYR_SYS_BYTEORDER_H_ */
