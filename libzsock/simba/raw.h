/** \file
 * Raw sockets, of ICMP's echo only, on the native ping sockets. Those send and receive messages
 * without the IP header and choose the identifier; simba's have the header in front of what they
 * receive and the identifier that the program chose.
 */
#pragma once

#include "libzsock/simba/thread.h"

/** \return a descriptor; -1 and errno */
int zsock_simba_raw_open(void);
/** An echo request. \return octets, or a negative error: -EINVAL: no echo request */
ssize_t zsock_simba_raw_send(struct socket_t* self, const void* data, size_t size,
                             const struct inet_addr_t* to);
/** An IPv4 header of 20 octets and the reply. \return octets, or a negative error */
ssize_t zsock_simba_raw_receive(const struct socket_t* self, void* data, size_t size,
                                struct inet_addr_t* from);
