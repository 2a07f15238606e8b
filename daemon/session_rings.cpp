/// \file
/// What a session does about rings: a datagram socket's first ones, and larger ones for a stream.

#include <cerrno>

#include "daemon/outcome.h"
#include "daemon/session.h"

namespace zsock::host {
/// A UDP socket's rings, if it has none.
int Session::take_rings(Client& client, Socket& socket) {
  if (socket.rings) return 0;
  const auto given = service_->sockets().give_rings(client, socket, RingUse::keep);
  if (!given) return ipc::to_errno(given.error());
  return to_errno(service_->stack().attach(socket.id, Sockets::rings_of(socket)));
}

/// The client holds the side's lock: its index is what it will be until the answer comes.
int Session::grow(Client& client, Socket& socket, const ipc::Request& request, Instant now) {
  if (request.a != ipc::kReceiveRing && request.a != ipc::kTransmitRing) return EINVAL;
  const auto side =
      request.a == ipc::kReceiveRing ? tcp::RingSide::receive : tcp::RingSide::transmit;
  take_indices(client, socket, now);
  if (client.cut_off) return ECONNABORTED;
  return to_errno(service_->sockets().grow_ring(client, socket, side, now));
}

}  // namespace zsock::host
