/** \file
 * The host's <semaphore.h>; deadlines are of the program's own clock (time.h). In C only: C++'s
 * headers call the host's functions with the host's time.
 */
#ifndef ZSOCK_POSIX_SEMAPHORE_H_
#define ZSOCK_POSIX_SEMAPHORE_H_
#pragma GCC system_header /* for #include_next */

#include_next <semaphore.h>

#if defined(__USE_XOPEN2K) && !defined(__cplusplus)
int sem_timedwait(sem_t* semaphore,
                  const struct timespec* deadline) __asm__("zsock_posix_sem_timedwait");
#endif

#endif /* ZSOCK_POSIX_SEMAPHORE_H_ */
