#pragma once
/// \file
/// recv() with MSG_ERRQUEUE: what ICMP has said about a socket's packets (ip(7), ipv6(7)).

#include <sys/socket.h>
#include <sys/types.h>

#include "libzsock/ipc/messages.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// An entry of the queue.
struct ToldError {
  ssize_t result = 0;  ///< octets of the packet at fault that were copied, or the negative errno
  int flags = 0;       ///< MSG_ERRQUEUE, MSG_TRUNC
  ipc::Address destination{};  ///< of the packet at fault
  ipc::QueuedError error{};
};

/// Takes the oldest entry. Never waits: EAGAIN when there is none.
ToldError take_queued_error(const Socket& socket, Cursor data);

/// Fills msg_control and msg_controllen with sock_extended_err and the offender's address.
/// \return MSG_CTRUNC or 0
int store_queued_error(const Socket& socket, const ipc::QueuedError& error, msghdr& message);

}  // namespace zsock::lib
