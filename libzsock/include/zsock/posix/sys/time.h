/** \file
 * The host's <sys/time.h>; the time of day is the program's own (time.h).
 */
#ifndef ZSOCK_POSIX_SYS_TIME_H_
#define ZSOCK_POSIX_SYS_TIME_H_
#pragma GCC system_header /* for #include_next */

#include_next <sys/time.h>

#ifdef __cplusplus
#define ZSOCK_POSIX_NOTHROW noexcept(true)
extern "C" {
#else
#define ZSOCK_POSIX_NOTHROW
#endif
int gettimeofday(struct timeval* now, void* zone) ZSOCK_POSIX_NOTHROW
    __asm__("zsock_posix_gettimeofday");
#ifdef __USE_MISC
int settimeofday(const struct timeval* now, const struct timezone* zone) ZSOCK_POSIX_NOTHROW
    __asm__("zsock_posix_settimeofday");
#endif
#ifdef __cplusplus
}
#endif
#undef ZSOCK_POSIX_NOTHROW

#endif /* ZSOCK_POSIX_SYS_TIME_H_ */
