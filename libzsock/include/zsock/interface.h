/** \file What happens to zsockd's interface, for those who wait for it. */
#ifndef ZSOCK_INTERFACE_H
#define ZSOCK_INTERFACE_H

#ifdef __cplusplus
extern "C" {
#endif

/** A descriptor of the kernel's, for poll(): POLLIN says that zs_interface() may tell something new
 * (receive what is there), POLLHUP that zsockd is gone. close() ends it; a program started by
 * exec() does not have it. Returns -1 and errno: EMFILE a process has 8, ENETDOWN. */
#ifdef __GNUC__
__attribute__((visibility("default")))
#endif
int zs_watch_interface(void);

#ifdef __cplusplus
}
#endif

#endif
