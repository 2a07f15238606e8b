/** \file
 * The host's <pthread.h>; stacks as small as firmware's are replaced by ones of 256 KiB, which the
 * host's C library can work with.
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

#endif /* ZSOCK_POSIX_PTHREAD_H_ */
