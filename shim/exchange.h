#pragma once
/// \file
/// Putting a socket of the kernel's in the place of a zsock socket, before it is bound or
/// connected: the moment at which the address, and with it the policy, is known.

#include <sys/socket.h>

namespace zsock::shim {

/// If the address is the kernel's and fd is a zsock socket that still is fresh, fd becomes a socket
/// of the kernel's with the same options. \return true: it did, or fd was the kernel's already
bool hand_to_kernel(int fd, const sockaddr* address, socklen_t length);

}  // namespace zsock::shim
