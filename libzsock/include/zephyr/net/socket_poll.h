/** \file zsock_poll() */
#ifndef ZEPHYR_NET_SOCKET_POLL_H_
#define ZEPHYR_NET_SOCKET_POLL_H_

#define ZSOCK_POLLIN 0x01
#define ZSOCK_POLLPRI 0x02
#define ZSOCK_POLLOUT 0x04
#define ZSOCK_POLLERR 0x08
#define ZSOCK_POLLHUP 0x10
#define ZSOCK_POLLNVAL 0x20

struct zsock_pollfd {
  int fd;
  short events;
  short revents;
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * Waits until a descriptor is ready; the host's descriptors may be among them. POLLHUP of a stream
 * says that it is at its end: the other side is done and everything has been read.
 * \param timeout  milliseconds; negative: for ever
 * \return how many have revents, 0 on timeout, -1 and errno: EINTR, EINVAL, ENOMEM
 */
int zsock_poll(struct zsock_pollfd* fds, int nfds, int timeout);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_SOCKET_POLL_H_ */
