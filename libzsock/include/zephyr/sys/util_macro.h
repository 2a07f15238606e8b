/** \file Macros of the preprocessor: bits, strings, and decisions on CONFIG_ options. */
#ifndef ZEPHYR_SYS_UTIL_MACRO_H_
#define ZEPHYR_SYS_UTIL_MACRO_H_

#define BIT(n) (1UL << (n))
#define BIT64(n) (1ULL << (n))
#define BIT_MASK(n) (BIT(n) - 1UL)
#define BIT64_MASK(n) (BIT64(n) - 1ULL)
#define IS_BIT_SET(value, bit) ((((value) >> (bit)) & 0x1) != 0)
#define IS_POWER_OF_TWO(x) (((x) != 0U) && (((x) & ((x)-1U)) == 0U))

#define ARG_UNUSED(x) (void)(x)

#ifndef STRINGIFY
#define STRINGIFY(x) Z_STRINGIFY(x)
#define Z_STRINGIFY(x) #x
#endif
#ifndef _CONCAT
#define _CONCAT(a, b) Z_CONCAT(a, b)
#endif
#ifndef CONCAT
#define CONCAT(a, b) Z_CONCAT(a, b)
#endif
#define Z_CONCAT(a, b) a##b

/* Z_IS_1_ followed by 1 is "0,": the comma moves the arguments behind it by one place. */
#define Z_IS_1_1 0,
#define Z_SECOND(first, second, ...) second
#define Z_SECOND_OF(...) Z_SECOND(__VA_ARGS__)
#define Z_NO_PARENTHESES(...) __VA_ARGS__
#define Z_BARE(in_parentheses) Z_NO_PARENTHESES in_parentheses

/** 1 if the macro `config` is defined as 1, else 0; in code as well as in #if. */
#define IS_ENABLED(config) Z_IS_ENABLED(config)
#define Z_IS_ENABLED(value) Z_IS_ENABLED_ARGS(Z_IS_1_##value)
#define Z_IS_ENABLED_ARGS(moved) Z_SECOND_OF(moved 1, 0, 0)

/** (yes) without its parentheses if `flag` is 1, else (no). */
#define COND_CODE_1(flag, yes, no) Z_COND_CODE_1(flag, yes, no)
#define Z_COND_CODE_1(value, yes, no) Z_COND_CODE(Z_IS_1_##value, yes, no)
#define Z_IS_0_0 0,
#define COND_CODE_0(flag, yes, no) Z_COND_CODE_0(flag, yes, no)
#define Z_COND_CODE_0(value, yes, no) Z_COND_CODE(Z_IS_0_##value, yes, no)
#define Z_COND_CODE(moved, yes, no) Z_BARE(Z_SECOND_OF(moved yes, no, 0))

/** (code) without its parentheses if `flag` is 1, else nothing. */
#define IF_ENABLED(flag, code) COND_CODE_1(flag, code, ())

#endif /* ZEPHYR_SYS_UTIL_MACRO_H_ */
