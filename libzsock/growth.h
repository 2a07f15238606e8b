#pragma once
/// \file
/// Larger rings, where zsockd offers them (docs/ipc.md, "Rings that grow").

#include "libzsock/socket.h"

namespace zsock::lib {

/// Takes a larger ring if there is one to have. Whoever calls holds the writers' lock, and has no
/// pieces of the ring in hand.
void grow_transmit_ring(const Socket& socket);
/// The same with the readers' lock.
void grow_receive_ring(const Socket& socket);

}  // namespace zsock::lib
