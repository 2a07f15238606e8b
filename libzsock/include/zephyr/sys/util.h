/** \file Small macros that Zephyr programs rely on. */
#ifndef ZEPHYR_SYS_UTIL_H_
#define ZEPHYR_SYS_UTIL_H_

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

#define BITS_PER_BYTE 8
#define KB(x) ((x) << 10)
#define MB(x) (KB(x) << 10)

#endif /* ZEPHYR_SYS_UTIL_H_ */
