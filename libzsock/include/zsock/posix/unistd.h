/** \file
 * The host's <unistd.h>, whose close(), read() and write() know zsock's sockets as well. The
 * checked variants of _FORTIFY_SOURCE are inline functions, which cannot be redirected: they are
 * left out.
 */
#ifndef ZSOCK_POSIX_UNISTD_H_
#define ZSOCK_POSIX_UNISTD_H_
#pragma GCC system_header /* for #include_next */

#include <features.h>
#pragma push_macro("__USE_FORTIFY_LEVEL")
#undef __USE_FORTIFY_LEVEL
#define __USE_FORTIFY_LEVEL 0
#include_next <unistd.h>
#pragma pop_macro("__USE_FORTIFY_LEVEL")

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __cplusplus
int gethostname(char* name, size_t size) noexcept(true) __asm__("zsock_gethostname");
#else
int gethostname(char* name, size_t size) __asm__("zsock_gethostname");
#endif
int close(int fd) __asm__("zsock_posix_close");
ssize_t read(int fd, void* buf, size_t count) __asm__("zsock_posix_read");
ssize_t write(int fd, const void* buf, size_t count) __asm__("zsock_posix_write");
#ifdef __cplusplus
}
#endif

#endif /* ZSOCK_POSIX_UNISTD_H_ */
