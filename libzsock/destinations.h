#pragma once
/// \file
/// Destinations that zsockd has let a datagram socket send to: the next datagram there needs no
/// question. Of this process; what is forgotten is asked again, and what has become wrong shows as
/// the socket's error.

#include "libzsock/socket.h"

namespace zsock::lib {

[[nodiscard]] bool may_send_to(const Socket& socket, const ipc::Address& to);
void remember_destination(const Socket& socket, const ipc::Address& to);

}  // namespace zsock::lib
