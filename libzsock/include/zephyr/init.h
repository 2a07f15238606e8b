/** \file
 * Functions that run before main(), in the order of their levels and priorities. A program of
 * nothing else needs no main(): zsock::firmware and zsock-firmware.pc bring one.
 */
#ifndef ZEPHYR_INIT_H_
#define ZEPHYR_INIT_H_

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct zsock_init_entry {
  int (*function)(void);
  int level;
  int priority;
};

/** Runs the entries of one program or shared library; the second call for it does nothing. */
void zsock_init_run(const struct zsock_init_entry* begin, const struct zsock_init_entry* end);

/** Waits until the program's threads have ended, its timers and its work are done. */
void zsock_wait_for_the_rest(void);

extern const struct zsock_init_entry __start_zsock_init_entry[]
    __attribute__((__weak__, __visibility__("hidden")));
extern const struct zsock_init_entry __stop_zsock_init_entry[]
    __attribute__((__weak__, __visibility__("hidden")));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define Z_INIT_LEVEL_EARLY 0
#define Z_INIT_LEVEL_PRE_KERNEL_1 1
#define Z_INIT_LEVEL_PRE_KERNEL_2 2
#define Z_INIT_LEVEL_POST_KERNEL 3
#define Z_INIT_LEVEL_APPLICATION 4

#ifndef CONFIG_APPLICATION_INIT_PRIORITY
#define CONFIG_APPLICATION_INIT_PRIORITY 90
#endif

/**
 * int function(void) runs before main(). Levels: EARLY, PRE_KERNEL_1, PRE_KERNEL_2, POST_KERNEL,
 * APPLICATION; priorities: 0 to 99, the lowest first. What it returns is ignored.
 */
#define SYS_INIT(function, level, priority) SYS_INIT_NAMED(function, function, level, priority)
#define SYS_INIT_NAMED(name, function, level, priority)                              \
  static const struct zsock_init_entry zsock_init_##name                             \
      __attribute__((__section__("zsock_init_entry"), __used__, __aligned__(8))) = { \
          function, Z_INIT_LEVEL_##level, priority};                                 \
  static void __attribute__((__constructor__)) zsock_init_run_##name(void) {         \
    zsock_init_run(__start_zsock_init_entry, __stop_zsock_init_entry);               \
  }                                                                                  \
  extern const struct zsock_init_entry __start_zsock_init_entry[]

#endif /* ZEPHYR_INIT_H_ */
