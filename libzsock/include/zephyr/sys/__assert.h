/** \file Assertions: checked if CONFIG_ASSERT is 1; one that fails ends the program. */
#ifndef ZEPHYR_SYS___ASSERT_H_
#define ZEPHYR_SYS___ASSERT_H_

#include <stdlib.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/zsock_config.h>

#define __ASSERT_ON IS_ENABLED(CONFIG_ASSERT)
#define __ASSERT_PRINT(...) printk(__VA_ARGS__)
#define Z_ASSERT_LOC(test) \
  printk("ASSERTION FAIL [%s] @ %s:%d\n", Z_STRINGIFY(test), __FILE__, __LINE__)

/** Arguments behind the condition: a message as of printk(). */
#define __ASSERT(test, ...)       \
  do {                            \
    if (__ASSERT_ON && !(test)) { \
      Z_ASSERT_LOC(test);         \
      printk("\t" __VA_ARGS__);   \
      printk("\n");               \
      abort();                    \
    }                             \
  } while (0)
#define __ASSERT_NO_MSG(test)     \
  do {                            \
    if (__ASSERT_ON && !(test)) { \
      Z_ASSERT_LOC(test);         \
      abort();                    \
    }                             \
  } while (0)
#define __ASSERT_EVAL(without, with, test, ...) \
  do {                                          \
    with;                                       \
    __ASSERT(test, __VA_ARGS__);                \
  } while (0)

#endif /* ZEPHYR_SYS___ASSERT_H_ */
