/** \file The system: start, lock, console. */
#ifndef ZSOCK_SIMBA_KERNEL_SYS_H_
#define ZSOCK_SIMBA_KERNEL_SYS_H_

#include "../kernel/time.h"
#include "../kernel/types.h"

#ifndef VERSION
#define VERSION "0.0.0"
#endif

#pragma GCC visibility push(default)

int sys_module_init(void) SIMBA_SYMBOL(sys_module_init);
/** Nothing to start here; the program may go on without. \return 0 */
int sys_start(void) SIMBA_SYMBOL(sys_start);
/** Ends the program. */
void sys_stop(int error) SIMBA_SYMBOL(sys_stop);
int sys_uptime(struct time_t* uptime_p) SIMBA_SYMBOL(sys_uptime);
int sys_uptime_isr(struct time_t* uptime_p) SIMBA_SYMBOL(sys_uptime_isr);
/** What is interrupts and threads elsewhere is one lock here; it does not nest. */
void sys_lock(void) SIMBA_SYMBOL(sys_lock);
void sys_unlock(void) SIMBA_SYMBOL(sys_unlock);
void sys_lock_isr(void) SIMBA_SYMBOL(sys_lock_isr);
void sys_unlock_isr(void) SIMBA_SYMBOL(sys_unlock_isr);
/** Channels; the host's standard input and output at first. */
void sys_set_stdin(void* chan_p) SIMBA_SYMBOL(sys_set_stdin);
void* sys_get_stdin(void) SIMBA_SYMBOL(sys_get_stdin);
void sys_set_stdout(void* chan_p) SIMBA_SYMBOL(sys_set_stdout);
void* sys_get_stdout(void) SIMBA_SYMBOL(sys_get_stdout);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_KERNEL_SYS_H_ */
