/** \file
 * The host's <fcntl.h>, whose fcntl() knows zsock's sockets as well.
 */
#ifndef ZSOCK_POSIX_FCNTL_H_
#define ZSOCK_POSIX_FCNTL_H_
#pragma GCC system_header /* for #include_next */

#include_next <fcntl.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __USE_FILE_OFFSET64
/* fcntl() has a label already. */
int zsock_posix_fcntl(int fd, int cmd, ...);
#undef fcntl
#define fcntl zsock_posix_fcntl
#else
int fcntl(int fd, int cmd, ...) __asm__("zsock_posix_fcntl");
#endif
#ifdef __cplusplus
}
#endif

#endif /* ZSOCK_POSIX_FCNTL_H_ */
