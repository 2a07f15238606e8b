/** \file Rebooting: the program ends, for who has started it to start it again. */
#ifndef ZEPHYR_SYS_REBOOT_H_
#define ZEPHYR_SYS_REBOOT_H_

#include <stdio.h>
#include <stdlib.h>
#include <zephyr/toolchain.h>

#define SYS_REBOOT_WARM 0
#define SYS_REBOOT_COLD 1

/** The status that the program ends with: a failure that may pass, EX_TEMPFAIL. */
#define ZSOCK_REBOOT_STATUS 75

static inline FUNC_NORETURN void sys_reboot(int type) {
  (void)type;
  fflush(NULL);
  _Exit(ZSOCK_REBOOT_STATUS); /* the other threads go on until then: no destructors */
}

#endif /* ZEPHYR_SYS_REBOOT_H_ */
