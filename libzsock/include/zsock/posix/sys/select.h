/** \file
 * The host's <sys/select.h>, whose select() knows zsock's sockets as well.
 */
#ifndef ZSOCK_POSIX_SYS_SELECT_H_
#define ZSOCK_POSIX_SYS_SELECT_H_
#pragma GCC system_header /* for #include_next */

#include_next <sys/select.h>

#ifdef __cplusplus
extern "C" {
#endif
int select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
           struct timeval* timeout) __asm__("zsock_select");
#ifdef __cplusplus
}
#endif

#endif /* ZSOCK_POSIX_SYS_SELECT_H_ */
