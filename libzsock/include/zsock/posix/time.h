/** \file
 * The host's <time.h>, whose CLOCK_REALTIME the program may set for itself: the host's clock stays.
 */
#ifndef ZSOCK_POSIX_TIME_H_
#define ZSOCK_POSIX_TIME_H_
#pragma GCC system_header /* for #include_next */

#include_next <time.h>

#ifdef __cplusplus
#define ZSOCK_POSIX_NOTHROW noexcept(true)
extern "C" {
#else
#define ZSOCK_POSIX_NOTHROW
#endif
time_t time(time_t* seconds) ZSOCK_POSIX_NOTHROW __asm__("zsock_posix_time");
#ifdef __USE_POSIX199309
int clock_gettime(clockid_t clock, struct timespec* now) ZSOCK_POSIX_NOTHROW
    __asm__("zsock_posix_clock_gettime");
int clock_settime(clockid_t clock, const struct timespec* now) ZSOCK_POSIX_NOTHROW
    __asm__("zsock_posix_clock_settime");
#ifdef __USE_XOPEN2K
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* time,
                    struct timespec* left) __asm__("zsock_posix_clock_nanosleep");
#endif
#endif
#ifdef __cplusplus
}
#endif
#undef ZSOCK_POSIX_NOTHROW

#endif /* ZSOCK_POSIX_TIME_H_ */
