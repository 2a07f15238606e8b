/** \file zsock_select(). A set is the host's fd_set: it holds the descriptors 0 to 1023. */
#ifndef ZEPHYR_NET_SOCKET_SELECT_H_
#define ZEPHYR_NET_SOCKET_SELECT_H_

#include <sys/select.h>
#include <zephyr/net/socket_types.h>

#define ZSOCK_FD_SETSIZE ((int)FD_SETSIZE)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef fd_set zsock_fd_set;

/* A descriptor outside 0..ZSOCK_FD_SETSIZE-1 is ignored. */
void ZSOCK_FD_ZERO(zsock_fd_set* set);
int ZSOCK_FD_ISSET(int fd, zsock_fd_set* set);
void ZSOCK_FD_CLR(int fd, zsock_fd_set* set);
void ZSOCK_FD_SET(int fd, zsock_fd_set* set);

/**
 * Errors and hang-ups show in exceptfds; an error also makes a descriptor readable and writable,
 * a hang-up readable. *timeout is left as it is.
 * \param timeout  NULL: for ever
 * \return how many bits are set, 0 on timeout, -1 and errno: EBADF, EINTR, EINVAL, ENOMEM
 */
int zsock_select(int nfds, zsock_fd_set* readfds, zsock_fd_set* writefds, zsock_fd_set* exceptfds,
                 struct zsock_timeval* timeout);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_SOCKET_SELECT_H_ */
