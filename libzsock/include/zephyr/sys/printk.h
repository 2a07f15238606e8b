/** \file Text to the console: standard output, flushed at once. */
#ifndef ZEPHYR_SYS_PRINTK_H_
#define ZEPHYR_SYS_PRINTK_H_

#include <stdarg.h>
#include <stddef.h>
#include <zephyr/toolchain.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

__printf_like(1, 2) void printk(const char* format, ...);
__printf_like(1, 0) void vprintk(const char* format, va_list arguments);
__printf_like(3, 4) int snprintk(char* text, size_t size, const char* format, ...);
__printf_like(3, 0) int vsnprintk(char* text, size_t size, const char* format, va_list arguments);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_SYS_PRINTK_H_ */
