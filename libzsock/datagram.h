#pragma once
/// \file
/// Datagrams through their rings.

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>

#include "daemon/stack/base/datagram.h"
#include "libzsock/control.h"
#include "libzsock/ipc/messages.h"
#include "libzsock/ring_view.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// Where a datagram goes, and how.
struct Destination {
  ipc::Address address{};  ///< family 0: the connected peer
  SendChoice choice{};
};

/// send() of one datagram. \return its size, or the negative errno
ssize_t datagram_send(const Socket& socket, Cursor data, int flags, const Destination& to);

/// Sends the datagram that MSG_MORE or UDP_CORK has begun, if there is one.
void datagram_push(const Socket& socket);

/// A datagram that was received.
struct Received {
  ssize_t result = 0;  ///< octets copied (MSG_TRUNC: of the whole), or the negative errno
  int flags = 0;       ///< MSG_TRUNC
  DatagramHeader header{};
};

/// recv() of one datagram.
Received datagram_receive(const Socket& socket, Cursor data, int flags);

/// Size of the next datagram; 0: none.
std::uint32_t datagram_next_size(const Socket& socket);

/// Fills msg_control and msg_controllen with what the socket's options ask for.
/// \return MSG_CTRUNC or 0
int store_ancillary(const Socket& socket, const DatagramHeader& header, msghdr& message);

}  // namespace zsock::lib
