/** \file Compiler attributes and compile-time checks under Zephyr's names. */
#ifndef ZEPHYR_TOOLCHAIN_H_
#define ZEPHYR_TOOLCHAIN_H_

/** Fails the build if the constant expression is false. The message is optional. */
#ifdef __cplusplus
#define BUILD_ASSERT(...) static_assert(Z_BUILD_ASSERT_ARGS(__VA_ARGS__, "", 0))
#else
#define BUILD_ASSERT(...) __extension__ _Static_assert(Z_BUILD_ASSERT_ARGS(__VA_ARGS__, "", 0))
#endif
#define Z_BUILD_ASSERT_ARGS(expression, message, ...) (expression), message

#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(octets) __attribute__((__aligned__(octets)))
#endif
#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif
#ifndef __fallthrough
#define __fallthrough __attribute__((__fallthrough__))
#endif
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __weak
#define __weak __attribute__((__weak__))
#endif
#ifndef __deprecated
#define __deprecated __attribute__((__deprecated__))
#endif
#ifndef __must_check
#define __must_check __attribute__((__warn_unused_result__))
#endif
#ifndef __printf_like
#define __printf_like(format, first) __attribute__((__format__(__printf__, format, first)))
#endif
#ifndef ALWAYS_INLINE
#define ALWAYS_INLINE inline __attribute__((__always_inline__))
#endif
#define FUNC_NORETURN __attribute__((__noreturn__))
#define CODE_UNREACHABLE __builtin_unreachable()
#define compiler_barrier() __asm__ __volatile__("" ::: "memory")
#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#endif /* ZEPHYR_TOOLCHAIN_H_ */
