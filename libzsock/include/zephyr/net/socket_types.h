/** \file Flags and values of the socket calls. */
#ifndef ZEPHYR_NET_SOCKET_TYPES_H_
#define ZEPHYR_NET_SOCKET_TYPES_H_

#include <sys/time.h>
#include <zephyr/types.h>

#define zsock_timeval timeval

#define ZSOCK_MSG_PEEK 0x02
#define ZSOCK_MSG_CTRUNC 0x08
#define ZSOCK_MSG_TRUNC 0x20
#define ZSOCK_MSG_DONTWAIT 0x40
#define ZSOCK_MSG_WAITALL 0x100

#define ZSOCK_SHUT_RD 0
#define ZSOCK_SHUT_WR 1
#define ZSOCK_SHUT_RDWR 2

#define ZSOCK_SOMAXCONN 128

#define ZFD_IOCTL_FIONREAD 0x541B
#define ZFD_IOCTL_FIONWRITE 0x5411
#define ZFD_IOCTL_FIONBIO 0x5421

#endif /* ZEPHYR_NET_SOCKET_TYPES_H_ */
