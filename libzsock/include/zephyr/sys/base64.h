/** \file Base 64 (RFC 4648 4). */
#ifndef ZEPHYR_SYS_BASE64_H_
#define ZEPHYR_SYS_BASE64_H_

#include <errno.h>
#include <stddef.h>
#include <zephyr/types.h>

/**
 * Text of `slen` octets, with a 0 behind it.
 * \param olen  octets of text; with -ENOMEM octets of room that it takes, the 0 among them
 * \return 0; -ENOMEM: `dlen` are too few, or `dst` is NULL
 */
static inline int base64_encode(uint8_t* dst, size_t dlen, size_t* olen, const uint8_t* src,
                                size_t slen) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t length = (slen + 2) / 3 * 4;
  size_t i;

  *olen = length + 1;
  if (dst == NULL || dlen < length + 1) {
    return -ENOMEM;
  }
  for (i = 0; i < slen; i += 3) {
    const uint32_t group = (uint32_t)src[i] << 16 | (uint32_t)(i + 1 < slen ? src[i + 1] : 0) << 8 |
                           (uint32_t)(i + 2 < slen ? src[i + 2] : 0);

    *dst++ = (uint8_t)digits[group >> 18];
    *dst++ = (uint8_t)digits[group >> 12 & 63];
    *dst++ = i + 1 < slen ? (uint8_t)digits[group >> 6 & 63] : (uint8_t)'=';
    *dst++ = i + 2 < slen ? (uint8_t)digits[group & 63] : (uint8_t)'=';
  }
  *dst = 0;
  *olen = length;
  return 0;
}

/* A digit's value; 64: none. */
static inline uint32_t zsock_base64_value(uint8_t digit) {
  if (digit >= 'A' && digit <= 'Z') {
    return (uint32_t)(digit - 'A');
  }
  if (digit >= 'a' && digit <= 'z') {
    return (uint32_t)(digit - 'a' + 26);
  }
  if (digit >= '0' && digit <= '9') {
    return (uint32_t)(digit - '0' + 52);
  }
  if (digit == '+') {
    return 62;
  }
  return digit == '/' ? 63 : 64;
}

/**
 * Octets of a text. Ends of lines are passed over.
 * \param olen  octets; also with -ENOMEM
 * \return 0; -ENOMEM: `dlen` are too few, or `dst` is NULL; -EINVAL: not base 64
 */
static inline int base64_decode(uint8_t* dst, size_t dlen, size_t* olen, const uint8_t* src,
                                size_t slen) {
  size_t digits = 0;
  size_t padding = 0;
  size_t written = 0;
  size_t i;
  uint32_t group = 0;

  for (i = 0; i < slen; ++i) {
    if (src[i] == '\n' || src[i] == '\r') {
      continue;
    }
    if (src[i] == '=') {
      ++padding;
    } else if (padding > 0 || zsock_base64_value(src[i]) == 64) {
      return -EINVAL;
    }
    ++digits;
  }
  if (digits % 4 != 0 || padding > 2) {
    return -EINVAL;
  }
  *olen = digits / 4 * 3 - padding;
  if (*olen > 0 && (dst == NULL || dlen < *olen)) {
    return -ENOMEM;
  }
  digits = 0;
  for (i = 0; i < slen; ++i) {
    if (src[i] == '\n' || src[i] == '\r') {
      continue;
    }
    group = group << 6 | (src[i] == '=' ? 0 : zsock_base64_value(src[i]));
    if (++digits % 4 == 0) {
      int shift;

      for (shift = 16; shift >= 0 && written < *olen; shift -= 8) {
        dst[written++] = (uint8_t)(group >> shift);
      }
      group = 0;
    }
  }
  return 0;
}

#endif /* ZEPHYR_SYS_BASE64_H_ */
