/** \file Formatted output and strings. The formats are the C library's. */
#ifndef ZSOCK_SIMBA_TEXT_STD_H_
#define ZSOCK_SIMBA_TEXT_STD_H_

#include "../kernel/types.h"

#define SIMBA_FORMAT(string, first) __attribute__((__format__(__printf__, string, first)))

#pragma GCC visibility push(default)

int std_module_init(void) SIMBA_SYMBOL(std_module_init);
/** To the channel of sys_set_stdout(). \return octets written, or a negative error */
SIMBA_FORMAT(1, 2) ssize_t std_printf(far_string_t fmt_p, ...) SIMBA_SYMBOL(std_printf);

ssize_t std_vprintf(far_string_t fmt_p, va_list* ap_p) SIMBA_SYMBOL(std_vprintf);
/** To a channel. */
SIMBA_FORMAT(2, 3)
ssize_t std_fprintf(void* chan_p, far_string_t fmt_p, ...) SIMBA_SYMBOL(std_fprintf);

ssize_t std_vfprintf(void* chan_p, far_string_t fmt_p, va_list* ap_p) SIMBA_SYMBOL(std_vfprintf);
SIMBA_FORMAT(2, 3)
ssize_t std_sprintf(char* dst_p, far_string_t fmt_p, ...) SIMBA_SYMBOL(std_sprintf);
SIMBA_FORMAT(3, 4)
ssize_t std_snprintf(char* dst_p, size_t size, far_string_t fmt_p, ...) SIMBA_SYMBOL(std_snprintf);
/** A number of base 10, or 0x and base 16. \return what follows it, NULL if it is none */
const char* std_strtol(const char* str_p, long* value_p) SIMBA_SYMBOL(std_strtol);
int std_strcpy(char* dst_p, far_string_t src_p) SIMBA_SYMBOL(std_strcpy);
int std_strcmp(const char* str_p, far_string_t fstr_p) SIMBA_SYMBOL(std_strcmp);
int std_strncmp(far_string_t fstr_p, const char* str_p, size_t size) SIMBA_SYMBOL(std_strncmp);
int std_strlen(far_string_t fstr_p) SIMBA_SYMBOL(std_strlen);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_TEXT_STD_H_ */
