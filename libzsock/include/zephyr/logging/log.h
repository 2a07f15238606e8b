/** \file
 * Zephyr's logging: one line per message to standard error, with the time since start, the level
 * and the module. LOG_MODULE_REGISTER(name) or LOG_MODULE_REGISTER(name, level) comes first.
 */
#ifndef ZEPHYR_LOGGING_LOG_H_
#define ZEPHYR_LOGGING_LOG_H_

#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/zsock_config.h>

#define LOG_LEVEL_NONE 0U
#define LOG_LEVEL_ERR 1U
#define LOG_LEVEL_WRN 2U
#define LOG_LEVEL_INF 3U
#define LOG_LEVEL_DBG 4U

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct zsock_log_module {
  const char* name;
  unsigned int level;
};

__printf_like(3, 4) void zsock_log(const struct zsock_log_module* module, unsigned int level,
                                   const char* format, ...);
void zsock_log_hexdump(const struct zsock_log_module* module, unsigned int level, const void* data,
                       size_t length, const char* text);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* The level: the second argument, else the macro LOG_LEVEL, else CONFIG_LOG_DEFAULT_LEVEL. */
#ifdef LOG_LEVEL
#define Z_LOG_DEFAULT_LEVEL LOG_LEVEL
#else
#define Z_LOG_DEFAULT_LEVEL CONFIG_LOG_DEFAULT_LEVEL
#endif
#define Z_LOG_MODULE(name, level, ...)                   \
  static const struct zsock_log_module z_log_this_module \
      __attribute__((__unused__)) = {#name, (level)}

#define LOG_MODULE_REGISTER(...) Z_LOG_MODULE(__VA_ARGS__, Z_LOG_DEFAULT_LEVEL, 0)
#define LOG_MODULE_DECLARE(...) Z_LOG_MODULE(__VA_ARGS__, Z_LOG_DEFAULT_LEVEL, 0)

#define Z_LOG(severity, ...)                                               \
  do {                                                                     \
    if (IS_ENABLED(CONFIG_LOG) && z_log_this_module.level >= (severity)) { \
      zsock_log(&z_log_this_module, (severity), __VA_ARGS__);              \
    }                                                                      \
  } while (0)
#define Z_LOG_HEXDUMP(severity, data, length, text)                                \
  do {                                                                             \
    if (IS_ENABLED(CONFIG_LOG) && z_log_this_module.level >= (severity)) {         \
      zsock_log_hexdump(&z_log_this_module, (severity), (data), (length), (text)); \
    }                                                                              \
  } while (0)

#define LOG_ERR(...) Z_LOG(LOG_LEVEL_ERR, __VA_ARGS__)
#define LOG_WRN(...) Z_LOG(LOG_LEVEL_WRN, __VA_ARGS__)
#define LOG_INF(...) Z_LOG(LOG_LEVEL_INF, __VA_ARGS__)
#define LOG_DBG(...) Z_LOG(LOG_LEVEL_DBG, __VA_ARGS__)
#define LOG_PRINTK(...) printk(__VA_ARGS__)
#define LOG_RAW(...) printk(__VA_ARGS__)
#define LOG_HEXDUMP_ERR(data, length, text) Z_LOG_HEXDUMP(LOG_LEVEL_ERR, data, length, text)
#define LOG_HEXDUMP_WRN(data, length, text) Z_LOG_HEXDUMP(LOG_LEVEL_WRN, data, length, text)
#define LOG_HEXDUMP_INF(data, length, text) Z_LOG_HEXDUMP(LOG_LEVEL_INF, data, length, text)
#define LOG_HEXDUMP_DBG(data, length, text) Z_LOG_HEXDUMP(LOG_LEVEL_DBG, data, length, text)

#endif /* ZEPHYR_LOGGING_LOG_H_ */
