/** \file Integer types, error codes and small macros. */
#ifndef ZSOCK_SIMBA_KERNEL_TYPES_H_
#define ZSOCK_SIMBA_KERNEL_TYPES_H_

#ifdef __cplusplus
#error "simba programs are C: their struct time_t cannot stand beside the host's time_t in C++"
#endif

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* The symbol of a function. */
#define SIMBA_SYMBOL(name) __asm__("simba_" #name)

/* The first errors of simba's own. */
#define ESTACK 1000
#define EASSERT 1001

typedef int8_t s8_t;
typedef int16_t s16_t;
typedef int32_t s32_t;
typedef uint8_t u8_t;
typedef uint16_t u16_t;
typedef uint32_t u32_t;

/** Strings in a memory of their own, on other targets. */
typedef const char* far_string_t;
#define FAR
#define FSTR(string) (string)
#define OSTR(string) (string)

#ifndef UNUSED
#define UNUSED(variable) (void)(variable)
#endif
#ifndef STRINGIFY
#define STRINGIFY(x) STRINGIFY2(x)
#define STRINGIFY2(x) #x
#endif
#ifndef TOKENPASTE
#define TOKENPASTE(x, y) TOKENPASTE2(x, y)
#define TOKENPASTE2(x, y) x##y
#endif
#ifndef membersof
#define membersof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef container_of
#define container_of(ptr, type, member) ((type*)(void*)((char*)(void*)(ptr)-offsetof(type, member)))
#endif
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#ifndef DIV_CEIL
#define DIV_CEIL(n, d) (((n) + (d)-1) / (d))
#endif
#ifndef BIT
#define BIT(position) (1U << (position))
#endif

#define SIMBA_FIRST(first, ...) first
#define SIMBA_CHECK(cond, n, consequence)                                        \
  do {                                                                           \
    if (!(cond)) {                                                               \
      fprintf(stderr, "%s:%d: assert %d: %s\n", __FILE__, __LINE__, (n), #cond); \
      consequence;                                                               \
    }                                                                            \
  } while (0)

/* (cond, n, ...): if the condition does not hold, a line on stderr, and the function returns -n...
 */
#define ASSERTN(cond, ...) \
  SIMBA_CHECK(cond, SIMBA_FIRST(__VA_ARGS__, 0), return -(SIMBA_FIRST(__VA_ARGS__, 0)))
/* ...NULL... */
#define ASSERTNRN(cond, ...) SIMBA_CHECK(cond, SIMBA_FIRST(__VA_ARGS__, 0), return NULL)
/* ...nothing... */
#define ASSERTNRV(cond, ...) SIMBA_CHECK(cond, SIMBA_FIRST(__VA_ARGS__, 0), return )
/* ...or the program ends. */
#define PANIC_ASSERTN(cond, ...) SIMBA_CHECK(cond, SIMBA_FIRST(__VA_ARGS__, 0), abort())
#define ASSERT(...) ASSERTN(SIMBA_FIRST(__VA_ARGS__, 0), EASSERT)
#define ASSERTRN(...) ASSERTNRN(SIMBA_FIRST(__VA_ARGS__, 0), EASSERT)
#define ASSERTRV(...) ASSERTNRV(SIMBA_FIRST(__VA_ARGS__, 0), EASSERT)
#define PANIC_ASSERT(...) PANIC_ASSERTN(SIMBA_FIRST(__VA_ARGS__, 0), EASSERT)

#endif /* ZSOCK_SIMBA_KERNEL_TYPES_H_ */
