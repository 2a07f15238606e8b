/** \file Macros of the preprocessor: bits, strings, and decisions on CONFIG_ options. */
#ifndef ZEPHYR_SYS_UTIL_MACRO_H_
#define ZEPHYR_SYS_UTIL_MACRO_H_

#define BIT(n) (1UL << (n))
#define BIT64(n) (1ULL << (n))
#define BIT_MASK(n) (BIT(n) - 1UL)
#define BIT64_MASK(n) (BIT64(n) - 1ULL)
#define IS_BIT_SET(value, bit) ((((value) >> (bit)) & 0x1) != 0)
#define IS_BIT_MASK(mask) ((((mask) + 1U) & (mask)) == 0)
#define GENMASK(high, low) \
  (((~0UL) - (1UL << (low)) + 1) & (~0UL >> (sizeof(long) * 8 - 1 - (high))))
#define GENMASK64(high, low) (((~0ULL) - (1ULL << (low)) + 1) & (~0ULL >> (63 - (high))))
#define FIELD_GET(mask, value) (((value) & (mask)) / ((mask) & -(mask)))
#define FIELD_PREP(mask, value) (((value) * ((mask) & -(mask))) & (mask))
#define WRITE_BIT(variable, bit, set) \
  ((variable) = (set) ? ((variable) | BIT(bit)) : ((variable) & ~BIT(bit)))
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

/* Boolean algebra on 0 and 1. */
#define UTIL_NOT(a) COND_CODE_1(a, (0), (1))
#define UTIL_AND(a, b) COND_CODE_1(a, (b), (0))
#define UTIL_OR(a, b) COND_CODE_1(a, (1), (b))
#define UTIL_CAT(a, b) Z_CONCAT(a, b)
#define EMPTY
#define IDENTITY(x) x

/** How many arguments, one at least, ten at most. */
#define NUM_VA_ARGS(...) Z_ARG_11(__VA_ARGS__, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, )
#define Z_ARG_11(a, b, c, d, e, f, g, h, i, j, count, ...) count
#define GET_ARG_N(n, ...) Z_CONCAT(Z_GET_ARG_, n)(__VA_ARGS__, )
#define Z_GET_ARG_1(a, ...) a
#define Z_GET_ARG_2(a, b, ...) b
#define Z_GET_ARG_3(a, b, c, ...) c
#define Z_GET_ARG_4(a, b, c, d, ...) d

/** macro(x) of each of up to ten arguments, with (separator) between them. */
#define FOR_EACH(macro, separator, ...) \
  Z_FOR_EACH_N(NUM_VA_ARGS(__VA_ARGS__), macro, separator, __VA_ARGS__)
#define Z_FOR_EACH_N(count, macro, separator, ...) \
  Z_FOR_EACH_M(count, macro, separator, __VA_ARGS__)
#define Z_FOR_EACH_M(count, macro, separator, ...) Z_FOR_##count(macro, separator, __VA_ARGS__)
#define Z_FOR_1(m, s, x) m(x)
#define Z_FOR_2(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_1(m, s, __VA_ARGS__)
#define Z_FOR_3(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_2(m, s, __VA_ARGS__)
#define Z_FOR_4(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_3(m, s, __VA_ARGS__)
#define Z_FOR_5(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_4(m, s, __VA_ARGS__)
#define Z_FOR_6(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_5(m, s, __VA_ARGS__)
#define Z_FOR_7(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_6(m, s, __VA_ARGS__)
#define Z_FOR_8(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_7(m, s, __VA_ARGS__)
#define Z_FOR_9(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_8(m, s, __VA_ARGS__)
#define Z_FOR_10(m, s, x, ...) m(x) Z_BARE(s) Z_FOR_9(m, s, __VA_ARGS__)

/** macro(0, args), macro(1, args)... of up to ten, with (separator) between them. */
#define LISTIFY(count, macro, separator, ...) Z_LISTIFY(count, macro, separator, __VA_ARGS__)
#define Z_LISTIFY(count, macro, separator, ...) Z_LIST_##count(macro, separator, __VA_ARGS__)
#define Z_LIST_0(m, s, ...)
#define Z_LIST_1(m, s, ...) m(0, __VA_ARGS__)
#define Z_LIST_2(m, s, ...) Z_LIST_1(m, s, __VA_ARGS__) Z_BARE(s) m(1, __VA_ARGS__)
#define Z_LIST_3(m, s, ...) Z_LIST_2(m, s, __VA_ARGS__) Z_BARE(s) m(2, __VA_ARGS__)
#define Z_LIST_4(m, s, ...) Z_LIST_3(m, s, __VA_ARGS__) Z_BARE(s) m(3, __VA_ARGS__)
#define Z_LIST_5(m, s, ...) Z_LIST_4(m, s, __VA_ARGS__) Z_BARE(s) m(4, __VA_ARGS__)
#define Z_LIST_6(m, s, ...) Z_LIST_5(m, s, __VA_ARGS__) Z_BARE(s) m(5, __VA_ARGS__)
#define Z_LIST_7(m, s, ...) Z_LIST_6(m, s, __VA_ARGS__) Z_BARE(s) m(6, __VA_ARGS__)
#define Z_LIST_8(m, s, ...) Z_LIST_7(m, s, __VA_ARGS__) Z_BARE(s) m(7, __VA_ARGS__)
#define Z_LIST_9(m, s, ...) Z_LIST_8(m, s, __VA_ARGS__) Z_BARE(s) m(8, __VA_ARGS__)
#define Z_LIST_10(m, s, ...) Z_LIST_9(m, s, __VA_ARGS__) Z_BARE(s) m(9, __VA_ARGS__)

#endif /* ZEPHYR_SYS_UTIL_MACRO_H_ */
