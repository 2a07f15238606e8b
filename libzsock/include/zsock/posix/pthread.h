/** \file
 * The host's <pthread.h>; stacks as small as firmware's are replaced by ones of 256 KiB, which the
 * host's C library can work with. Deadlines are of the program's own clock (time.h), in C only:
 * C++'s headers call the host's functions with the host's time.
 */
#ifndef ZSOCK_POSIX_PTHREAD_H_
#define ZSOCK_POSIX_PTHREAD_H_
#pragma GCC system_header /* for #include_next */

#include_next <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __cplusplus
int pthread_attr_setstack(pthread_attr_t* attributes, void* stack,
                          size_t size) noexcept(true) __asm__("zsock_posix_attr_setstack");
int pthread_attr_setstacksize(pthread_attr_t* attributes,
                              size_t size) noexcept(true) __asm__("zsock_posix_attr_setstacksize");
#else
int pthread_attr_setstack(pthread_attr_t* attributes, void* stack,
                          size_t size) __asm__("zsock_posix_attr_setstack");
int pthread_attr_setstacksize(pthread_attr_t* attributes,
                              size_t size) __asm__("zsock_posix_attr_setstacksize");
#endif
#ifdef __cplusplus
}
#endif
#if defined(__USE_XOPEN2K) && !defined(__cplusplus)
int pthread_cond_init(pthread_cond_t* condition,
                      const pthread_condattr_t* attributes) __asm__("zsock_posix_cond_init");
int pthread_cond_destroy(pthread_cond_t* condition) __asm__("zsock_posix_cond_destroy");
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const struct timespec* deadline) __asm__("zsock_posix_cond_timedwait");
int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                            const struct timespec* deadline) __asm__("zsock_posix_mutex_timedlock");
#endif

#endif /* ZSOCK_POSIX_PTHREAD_H_ */
