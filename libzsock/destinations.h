#pragma once
/// \file
/// Destinations that zsockd has let a datagram socket send to: the next datagram there needs no
/// question. Of this process; what is forgotten is asked again, and what has become wrong shows as
/// the socket's error.

#include "libzsock/socket.h"

namespace zsock::lib {

/// \param detail  what beside the address was asked for; 0: nothing
[[nodiscard]] bool may_send_to(const Socket& socket, const ipc::Address& to, std::uint64_t detail);
void remember_destination(const Socket& socket, const ipc::Address& to, std::uint64_t detail);
/// Makes one more word part of a detail.
[[nodiscard]] std::uint64_t mix_detail(std::uint64_t detail, std::uint64_t word);

}  // namespace zsock::lib
