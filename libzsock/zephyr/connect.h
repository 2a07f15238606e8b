#pragma once
/// \file
/// Connecting, as Zephyr does it.

#include "libzsock/zephyr/address.h"

namespace zsock::zephyr {

/// Milliseconds that a blocking connect (and a handshake) may take; -1: as long as the stack tries.
int connect_timeout();

/// zsock_connect() of a plain socket. \return 0 or -1 and errno
int connect_plain(int sock, const NativeAddress& address);

}  // namespace zsock::zephyr
