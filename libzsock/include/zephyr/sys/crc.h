/** \file Cyclic redundancy checks. `seed` is what has come out so far, so that data may come in
 * parts. */
#ifndef ZEPHYR_SYS_CRC_H_
#define ZEPHYR_SYS_CRC_H_

#include <stdbool.h>
#include <stddef.h>
#include <zephyr/types.h>

/* The remainder of the octets, `bits` wide; the highest bit of each octet first. */
static inline uint32_t zsock_crc(unsigned int bits, uint32_t poly, uint32_t remainder,
                                 const uint8_t* octets, size_t size) {
  const uint32_t highest = UINT32_C(1) << (bits - 1);
  size_t i;
  int bit;

  for (i = 0; i < size; ++i) {
    remainder ^= (uint32_t)octets[i] << (bits - 8);
    for (bit = 0; bit < 8; ++bit) {
      remainder = (remainder & highest) != 0 ? remainder << 1 ^ poly : remainder << 1;
    }
  }
  return remainder;
}
/* The same with the lowest bit first; the polynomial is mirrored as well. */
static inline uint32_t zsock_crc_reflected(uint32_t poly, uint32_t remainder, const uint8_t* octets,
                                           size_t size) {
  size_t i;
  int bit;

  for (i = 0; i < size; ++i) {
    remainder ^= octets[i];
    for (bit = 0; bit < 8; ++bit) {
      remainder = (remainder & 1) != 0 ? remainder >> 1 ^ poly : remainder >> 1;
    }
  }
  return remainder;
}

/** In the upper seven bits. */
static inline uint8_t crc7_be(uint8_t seed, const uint8_t* src, size_t len) {
  return (uint8_t)zsock_crc(8, 0x12, seed, src, len);
}
static inline uint8_t crc8(const uint8_t* src, size_t len, uint8_t polynomial,
                           uint8_t initial_value, bool reversed) {
  return (uint8_t)(reversed ? zsock_crc_reflected(polynomial, initial_value, src, len)
                            : zsock_crc(8, polynomial, initial_value, src, len));
}
static inline uint8_t crc8_ccitt(uint8_t initial_value, const void* buf, size_t len) {
  return crc8((const uint8_t*)buf, len, 0x07, initial_value, false);
}
static inline uint16_t crc16(uint16_t poly, uint16_t seed, const uint8_t* src, size_t len) {
  return (uint16_t)zsock_crc(16, poly, seed, src, len);
}
static inline uint16_t crc16_reflect(uint16_t poly, uint16_t seed, const uint8_t* src, size_t len) {
  return (uint16_t)zsock_crc_reflected(poly, seed, src, len);
}
/** x^16 + x^12 + x^5 + 1, the lowest bit first. */
static inline uint16_t crc16_ccitt(uint16_t seed, const uint8_t* src, size_t len) {
  return crc16_reflect(0x8408, seed, src, len);
}
/** The same polynomial, the highest bit first. */
static inline uint16_t crc16_itu_t(uint16_t seed, const uint8_t* src, size_t len) {
  return crc16(0x1021, seed, src, len);
}
/** Modbus. */
static inline uint16_t crc16_ansi(const uint8_t* src, size_t len) {
  return crc16_reflect(0xa001, 0xffff, src, len);
}
/** Of Ethernet. \param crc  0 at first */
static inline uint32_t crc32_ieee_update(uint32_t crc, const uint8_t* data, size_t len) {
  return ~zsock_crc_reflected(UINT32_C(0xedb88320), ~crc, data, len);
}
static inline uint32_t crc32_ieee(const uint8_t* data, size_t len) {
  return crc32_ieee_update(0, data, len);
}
/** Castagnoli's. \param crc  of the data before */
static inline uint32_t crc32_c(uint32_t crc, const uint8_t* data, size_t len, bool first_pkt,
                               bool last_pkt) {
  const uint32_t sum =
      zsock_crc_reflected(UINT32_C(0x82f63b78), first_pkt ? UINT32_C(0xffffffff) : crc, data, len);

  return last_pkt ? ~sum : sum;
}

#endif /* ZEPHYR_SYS_CRC_H_ */
