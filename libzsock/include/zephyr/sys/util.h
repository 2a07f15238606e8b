/** \file Small macros that Zephyr programs rely on. */
#ifndef ZEPHYR_SYS_UTIL_H_
#define ZEPHYR_SYS_UTIL_H_

#include <errno.h>
#include <zephyr/sys/util_macro.h>
#include <zephyr/toolchain.h>
#include <zephyr/types.h>

#ifndef MIN
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef CLAMP
#define CLAMP(value, low, high) (((value) <= (low)) ? (low) : MIN(value, high))
#endif
#define IN_RANGE(value, low, high) ((value) >= (low) && (value) <= (high))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define ARRAY_FOR_EACH(array, index) for (size_t index = 0; (index) < ARRAY_SIZE(array); ++(index))
#define ARRAY_FOR_EACH_PTR(array, pointer)        \
  for (__typeof__((array)[0])* pointer = (array); \
       (size_t)((pointer) - (array)) < ARRAY_SIZE(array); ++(pointer))
#define ARRAY_INDEX(array, pointer) ((size_t)((pointer) - (array)))
#define PART_OF_ARRAY(array, pointer) \
  ((pointer) >= &(array)[0] && (pointer) < &(array)[ARRAY_SIZE(array)])
#define SIZEOF_FIELD(type, member) sizeof(((type*)0)->member)

/** The object of `type` whose `field` is at `pointer`. */
#define CONTAINER_OF(pointer, type, field) \
  ((type*)(void*)((char*)(void*)(pointer)-offsetof(type, field)))

#define ROUND_UP(x, align)                                                        \
  ((((unsigned long)(x) + ((unsigned long)(align)-1)) / (unsigned long)(align)) * \
   (unsigned long)(align))
#define ROUND_DOWN(x, align) \
  (((unsigned long)(x) / (unsigned long)(align)) * (unsigned long)(align))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define ceiling_fraction(n, d) DIV_ROUND_UP(n, d)

#define POINTER_TO_UINT(pointer) ((uintptr_t)(pointer))
#define UINT_TO_POINTER(value) ((void*)(uintptr_t)(value))
#define POINTER_TO_INT(pointer) ((intptr_t)(pointer))
#define INT_TO_POINTER(value) ((void*)(intptr_t)(value))

#define IS_ALIGNED(pointer, align) (((uintptr_t)(pointer)) % (align) == 0)
#define IS_ARRAY_ELEMENT(array, pointer) PART_OF_ARRAY(array, pointer)
#define DIV_ROUND_CLOSEST(n, d) \
  ((((n) < 0) ^ ((d) < 0)) ? (((n) - (d) / 2) / (d)) : (((n) + (d) / 2) / (d)))
#define SIGN(x) (((x) > 0) - ((x) < 0))

/** Waits until the expression is true or so many microseconds are over. \return the expression */
#define WAIT_FOR(expression, timeout_us, delay_statement)                  \
  __extension__({                                                          \
    const int64_t zsock_end = k_uptime_ticks() + K_USEC(timeout_us).ticks; \
    bool zsock_true = (expression);                                        \
    while (!zsock_true && k_uptime_ticks() < zsock_end) {                  \
      delay_statement;                                                     \
      zsock_true = (expression);                                           \
    }                                                                      \
    zsock_true;                                                            \
  })

#define BITS_PER_BYTE 8
#define KB(x) ((x) << 10)
#define MB(x) (KB(x) << 10)
#define GB(x) (MB(x) << 10)
#define KHZ(x) ((x)*1000)
#define MHZ(x) (KHZ(x) * 1000)

/** A hexadecimal digit's value. \return 0; -EINVAL */
static inline int char2hex(char c, uint8_t* value) {
  if (c >= '0' && c <= '9') {
    *value = (uint8_t)(c - '0');
  } else if (c >= 'a' && c <= 'f') {
    *value = (uint8_t)(c - 'a' + 10);
  } else if (c >= 'A' && c <= 'F') {
    *value = (uint8_t)(c - 'A' + 10);
  } else {
    return -EINVAL;
  }
  return 0;
}
/** \return 0; -EINVAL: more than 15 */
static inline int hex2char(uint8_t value, char* c) {
  if (value > 15) {
    return -EINVAL;
  }
  *c = "0123456789abcdef"[value];
  return 0;
}
/** \return octets of text without the 0 at its end; 0: no room */
static inline size_t bin2hex(const uint8_t* from, size_t size, char* text, size_t room) {
  size_t i;

  if (room < size * 2 + 1) {
    return 0;
  }
  for (i = 0; i < size; ++i) {
    (void)hex2char(from[i] >> 4, &text[2 * i]);
    (void)hex2char(from[i] & 15, &text[2 * i + 1]);
  }
  text[2 * size] = '\0';
  return 2 * size;
}
/** An odd number of digits begins with half an octet. \return octets; 0: no room, or no digit */
static inline size_t hex2bin(const char* text, size_t length, uint8_t* to, size_t room) {
  size_t i;
  uint8_t digit;

  if (room < (length + 1) / 2) {
    return 0;
  }
  for (i = 0; i < length; ++i) {
    uint8_t* const octet = &to[(i + length % 2) / 2];

    if (char2hex(text[i], &digit) < 0) {
      return 0;
    }
    *octet = (i + length % 2) % 2 == 0 || i == 0 ? digit : (uint8_t)(*octet << 4 | digit);
  }
  return (length + 1) / 2;
}

/** A value of two decimal digits as one octet, and back. */
static inline uint8_t bcd2bin(uint8_t bcd) {
  return (uint8_t)(10 * (bcd >> 4) + (bcd & 15));
}
static inline uint8_t bin2bcd(uint8_t value) {
  return (uint8_t)(value / 10 << 4 | value % 10);
}
/** Decimal digits, and a 0 if there is room for it. \return digits; 0: no room */
static inline uint8_t u8_to_dec(char* text, uint8_t room, uint8_t value) {
  const uint8_t digits = value >= 100 ? 3 : value >= 10 ? 2 : 1;
  uint8_t i;

  if (room < digits) {
    return 0;
  }
  for (i = digits; i > 0; --i, value /= 10) {
    text[i - 1] = (char)('0' + value % 10);
  }
  if (room > digits) {
    text[digits] = '\0';
  }
  return digits;
}
/** Cuts a text of UTF-8 whose last character has been cut. \return `text` */
static inline char* utf8_trunc(char* text) {
  char* end = text;
  char* last;
  size_t octets;

  while (*end != '\0') {
    ++end;
  }
  if (end == text) {
    return text;
  }
  last = end - 1;
  while (last > text && ((uint8_t)*last & 0xc0) == 0x80) {
    --last;
  }
  octets = ((uint8_t)*last & 0x80) == 0      ? 1
           : ((uint8_t)*last & 0xe0) == 0xc0 ? 2
           : ((uint8_t)*last & 0xf0) == 0xe0 ? 3
                                             : 4;
  if ((size_t)(end - last) < octets) {
    *last = '\0';
  }
  return text;
}
static inline bool is_power_of_two(unsigned int x) {
  return x != 0 && (x & (x - 1)) == 0;
}
/** The number of the highest (lowest) bit that is set, from 1; 0: none is. */
static inline unsigned int find_msb_set(uint32_t word) {
  return word == 0 ? 0 : 32 - (unsigned int)__builtin_clz(word);
}
static inline unsigned int find_lsb_set(uint32_t word) {
  return (unsigned int)__builtin_ffs((int)word);
}

#endif /* ZEPHYR_SYS_UTIL_H_ */
