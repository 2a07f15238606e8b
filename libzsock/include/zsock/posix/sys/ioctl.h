/** \file
 * The host's <sys/ioctl.h>, whose ioctl() knows zsock's sockets as well.
 */
#ifndef ZSOCK_POSIX_SYS_IOCTL_H_
#define ZSOCK_POSIX_SYS_IOCTL_H_
#pragma GCC system_header /* for #include_next */

#include_next <sys/ioctl.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __cplusplus
int ioctl(int fd, unsigned long request, ...) noexcept(true) __asm__("zsock_posix_ioctl");
#else
int ioctl(int fd, unsigned long request, ...) __asm__("zsock_posix_ioctl");
#endif
#ifdef __cplusplus
}
#endif

#endif /* ZSOCK_POSIX_SYS_IOCTL_H_ */
