/** \file
 * The shell: commands of firmware, a line of standard input each, until its end. Without
 * CONFIG_SHELL commands compile and are never called.
 */
#ifndef ZEPHYR_SHELL_SHELL_H_
#define ZEPHYR_SHELL_SHELL_H_

#include <zephyr/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct shell;
struct shell_static_entry;
/** \return what is told to shell_execute_cmd(); SHELL_CMD_HELP_PRINTED: only help was wanted */
typedef int (*shell_cmd_handler)(const struct shell* sh, size_t argc, char** argv);
/** Fills in entry number `idx`; `syntax` NULL: there are no more. */
typedef void (*shell_dynamic_get)(size_t idx, struct shell_static_entry* entry);

/** A set of subcommands; made by the macros below. */
union shell_cmd_entry {
  struct {
    const struct shell_static_entry* entry;
    shell_dynamic_get get; /**< in place of `entry` */
  } set;
};

struct shell_static_args {
  uint8_t mandatory; /**< words, the command's own included; 0: any number */
  uint8_t optional;  /**< words beyond; SHELL_OPT_ARG_CHECK_SKIP: any number */
};

struct shell_static_entry {
  const char* syntax;
  const char* help; /**< or NULL */
  const union shell_cmd_entry* subcmd;
  shell_cmd_handler handler; /**< NULL: only its subcommands do something */
  struct shell_static_args args;
};

enum shell_vt100_color {
  SHELL_VT100_COLOR_DEFAULT,
  SHELL_VT100_COLOR_BLACK,
  SHELL_VT100_COLOR_RED,
  SHELL_VT100_COLOR_GREEN,
  SHELL_VT100_COLOR_YELLOW,
  SHELL_VT100_COLOR_BLUE,
  SHELL_VT100_COLOR_MAGENTA,
  SHELL_VT100_COLOR_CYAN,
  SHELL_VT100_COLOR_WHITE
};
#define SHELL_NORMAL SHELL_VT100_COLOR_DEFAULT
#define SHELL_INFO SHELL_VT100_COLOR_GREEN
#define SHELL_OPTION SHELL_VT100_COLOR_CYAN
#define SHELL_WARNING SHELL_VT100_COLOR_YELLOW
#define SHELL_ERROR SHELL_VT100_COLOR_RED

#define SHELL_CMD_HELP_PRINTED 1
#define SHELL_OPT_ARG_RAW 0xFE
#define SHELL_OPT_ARG_CHECK_SKIP 0xFF

/** To standard output; in colour on a terminal. `sh` may be NULL. */
__printf_like(3, 4) void shell_fprintf(const struct shell* sh, enum shell_vt100_color color,
                                       const char* format, ...);
void shell_vfprintf(const struct shell* sh, enum shell_vt100_color color, const char* format,
                    va_list arguments);
#define shell_print(sh, ...) Z_SHELL_LINE(sh, SHELL_NORMAL, __VA_ARGS__)
#define shell_info(sh, ...) Z_SHELL_LINE(sh, SHELL_INFO, __VA_ARGS__)
#define shell_warn(sh, ...) Z_SHELL_LINE(sh, SHELL_WARNING, __VA_ARGS__)
#define shell_error(sh, ...) Z_SHELL_LINE(sh, SHELL_ERROR, __VA_ARGS__)
#define Z_SHELL_LINE(sh, color, ...) zsock_shell_line((sh), (color), __VA_ARGS__)
__printf_like(3, 4) void zsock_shell_line(const struct shell* sh, enum shell_vt100_color color,
                                          const char* format, ...);
/** Sixteen octets a line, with their offset from `offset` and their characters. */
void shell_hexdump_line(const struct shell* sh, unsigned int offset, const uint8_t* data,
                        size_t len);
void shell_hexdump(const struct shell* sh, const uint8_t* data, size_t len);
/** Help on the command whose handler calls it. */
void shell_help(const struct shell* sh);
/**
 * Calls a command as if it had been typed. `sh` may be NULL.
 * \return what its handler returns; SHELL_CMD_HELP_PRINTED; -ENOEXEC: no such command, or a quote
 * is open; -EINVAL: too few or too many words
 */
int shell_execute_cmd(const struct shell* sh, const char* cmd);
/** The shell on standard input. */
const struct shell* shell_backend_uart_get_ptr(void);
/** A shell for shell_execute_cmd() that keeps what it is told to print, of the last 4096 octets the
 * first, for who asks; one for all threads. */
const struct shell* shell_backend_dummy_get_ptr(void);
/** What was printed since the last call, or shell_backend_dummy_clear_output(); until the next
 * one. */
const char* shell_backend_dummy_get_output(const struct shell* sh, size_t* sizep);
void shell_backend_dummy_clear_output(const struct shell* sh);
/** Numbers as strtol() and its kin read them. *err becomes -EINVAL or -ERANGE, or stays. */
long shell_strtol(const char* str, int base, int* err);
unsigned long shell_strtoul(const char* str, int base, int* err);
unsigned long long shell_strtoull(const char* str, int base, int* err);
/** on, true, enable, or a number that is not 0; off, false, disable, 0 */
bool shell_strtobool(const char* str, int base, int* err);

/** Commands of one program or shared library; the second call for it does nothing. */
void zsock_shell_announce(const struct shell_static_entry* const* begin,
                          const struct shell_static_entry* const* end);
extern const struct shell_static_entry* const __start_zsock_shell_command[]
    __attribute__((__weak__, __visibility__("hidden")));
extern const struct shell_static_entry* const __stop_zsock_shell_command[]
    __attribute__((__weak__, __visibility__("hidden")));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* --- Sets of subcommands ------------------------------------------------------------------- */

#define SHELL_EXPR_CMD_ARG(expression, syntax, subcmd, help, handler, mandatory, optional) \
  {                                                                                        \
    (expression) ? STRINGIFY(syntax) : "", help, subcmd, handler, {                        \
      mandatory, optional                                                                  \
    }                                                                                      \
  }
#define SHELL_CMD_ARG(syntax, subcmd, help, handler, mandatory, optional) \
  SHELL_EXPR_CMD_ARG(1, syntax, subcmd, help, handler, mandatory, optional)
#define SHELL_CMD(syntax, subcmd, help, handler) SHELL_CMD_ARG(syntax, subcmd, help, handler, 0, 0)
#define SHELL_COND_CMD_ARG(flag, syntax, subcmd, help, handler, mandatory, optional) \
  SHELL_EXPR_CMD_ARG(IS_ENABLED(flag), syntax, subcmd, help, handler, mandatory, optional)
#define SHELL_COND_CMD(flag, syntax, subcmd, help, handler) \
  SHELL_COND_CMD_ARG(flag, syntax, subcmd, help, handler, 0, 0)
#define SHELL_EXPR_CMD(expression, syntax, subcmd, help, handler) \
  SHELL_EXPR_CMD_ARG(expression, syntax, subcmd, help, handler, 0, 0)
#define SHELL_SUBCMD_SET_END  \
  {                           \
    NULL, NULL, NULL, NULL, { \
      0, 0                    \
    }                         \
  }

#define SHELL_STATIC_SUBCMD_SET_CREATE(name, ...)                              \
  static const struct shell_static_entry z_shell_set_##name[] = {__VA_ARGS__}; \
  static const union shell_cmd_entry name __attribute__((__unused__)) = {{z_shell_set_##name, NULL}}
#define SHELL_DYNAMIC_CMD_CREATE(name, get) \
  static const union shell_cmd_entry name __attribute__((__unused__)) = {{NULL, get}}

/* --- Commands ------------------------------------------------------------------------------ */

#define SHELL_CMD_ARG_REGISTER(syntax, subcmd, help, handler, mandatory, optional)      \
  static const struct shell_static_entry z_shell_##syntax __attribute__((__unused__)) = \
      SHELL_CMD_ARG(syntax, subcmd, help, handler, mandatory, optional);                \
  Z_SHELL_ANNOUNCE(syntax)
#define SHELL_CMD_REGISTER(syntax, subcmd, help, handler) \
  SHELL_CMD_ARG_REGISTER(syntax, subcmd, help, handler, 0, 0)
#define SHELL_COND_CMD_ARG_REGISTER(flag, syntax, subcmd, help, handler, mandatory, optional) \
  static const struct shell_static_entry z_shell_##syntax __attribute__((__unused__)) =       \
      SHELL_CMD_ARG(syntax, subcmd, help, handler, mandatory, optional);                      \
  COND_CODE_1(flag, (Z_SHELL_ANNOUNCE(syntax)), (struct shell))
#define SHELL_COND_CMD_REGISTER(flag, syntax, subcmd, help, handler) \
  SHELL_COND_CMD_ARG_REGISTER(flag, syntax, subcmd, help, handler, 0, 0)

#ifdef CONFIG_SHELL
#define Z_SHELL_ANNOUNCE(syntax)                                                         \
  static const struct shell_static_entry* const z_shell_command_##syntax                 \
      __attribute__((__section__("zsock_shell_command"), __used__)) = &z_shell_##syntax; \
  static void __attribute__((__constructor__)) z_shell_announce_##syntax(void) {         \
    zsock_shell_announce(__start_zsock_shell_command, __stop_zsock_shell_command);       \
  }                                                                                      \
  struct shell
#else
#define Z_SHELL_ANNOUNCE(syntax) struct shell
#endif

#endif /* ZEPHYR_SHELL_SHELL_H_ */
