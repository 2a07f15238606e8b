/// \file
/// The rings of a socket: given, and made larger (docs/decisions/0012-rings-that-grow.md).

#include <algorithm>
#include <bit>

#include "daemon/sockets.h"

namespace zsock::host {
namespace {

/// Octets that a ring should have: what SO_RCVBUF or SO_SNDBUF says, if they have been set.
std::size_t wanted(std::size_t set, std::size_t otherwise) {
  return set != 0 ? set : otherwise;
}

}  // namespace

Status<SockError> Sockets::give_rings(Client& client, Socket& socket, RingUse use) {
  ipc::StatusSlot& status = client.arena.status(socket.slot);
  if (!socket.rings) {
    const bool tcp = socket.kind == SocketKind::tcp;
    const StackConfig& config = context_.config.stack;
    const std::size_t reading = tcp ? config.tcp.receive_buffer : config.udp.receive_buffer;
    const std::size_t writing = tcp ? config.tcp.send_buffer : config.udp.send_buffer;
    const auto receive = client.rings.take(ring_order(wanted(socket.receive_size, reading)));
    if (!receive) return Err{receive.error()};
    const auto transmit = client.rings.take(ring_order(wanted(socket.transmit_size, writing)));
    if (!transmit) {
      client.rings.give_back(*receive, 0);
      return Err{transmit.error()};
    }
    socket.rings.emplace(*receive, *transmit);
    status.receive.publish(receive->place);
    status.transmit.publish(transmit->place);
  }
  if (use == RingUse::keep) return {};
  ipc::AppSlot& app = client.arena.app(socket.slot);
  app.receive_head.publish(0);
  app.transmit_tail.publish(0);
  status.receive_tail.publish(0);
  status.transmit_head.publish(0);
  status.transmit_next.publish(0);
  socket.receive_head = 0;
  socket.transmit_tail = 0;
  if (socket.carries == Carries::octets) socket.plug = socket.end.waiting();
  socket.shown.receive_tail = 0;
  socket.shown.transmit_head = 0;
  socket.shown.transmit_next = 0;
  return {};
}

tcp::Rings Sockets::rings_of(const Socket& socket) {
  if (!socket.rings) return {};
  return {socket.rings->first.memory, socket.rings->second.memory};
}

std::uint32_t Sockets::ring_order(std::size_t size) {
  const auto order = static_cast<std::uint32_t>(std::bit_width(size - 1));
  return std::clamp(order, RingPool::kMinOrder, RingPool::kMaxOrder);
}

// --- Larger ones -------------------------------------------------------------------------------

std::uint32_t Sockets::offers(const Socket& socket, const SocketStatus& status) {
  if (socket.kind != SocketKind::tcp || !socket.rings || !status.connected) return 0;
  const auto larger = [](const Ring& ring, std::size_t octets) {
    return octets != 0 && ring_order(octets) > ring.place.order;
  };
  std::uint32_t offered = 0;
  if (!socket.receive_refused &&
      larger(socket.rings->first, wanted(socket.receive_size, status.receive_wanted))) {
    offered |= ipc::status_flag::kGrowReceive;
  }
  if (!socket.transmit_refused &&
      larger(socket.rings->second, wanted(socket.transmit_size, status.transmit_wanted))) {
    offered |= ipc::status_flag::kGrowTransmit;
  }
  return offered;
}

Status<SockError> Sockets::grow_ring(Client& client, Socket& socket, tcp::RingSide side,
                                     Instant now) {
  const auto status = context_.stack.status(socket.id);
  if (!status || !socket.rings) return Err{SockError::not_connected};
  const bool receive = side == tcp::RingSide::receive;
  const auto offered = receive ? ipc::status_flag::kGrowReceive : ipc::status_flag::kGrowTransmit;
  if ((offers(socket, *status) & offered) == 0) return {};  // another thread was quicker
  const std::size_t octets = receive ? wanted(socket.receive_size, status->receive_wanted)
                                     : wanted(socket.transmit_size, status->transmit_wanted);
  auto larger = client.rings.take(ring_order(octets));
  if (!larger) {
    (receive ? socket.receive_refused : socket.transmit_refused) = true;
    return Err{larger.error()};
  }
  const auto moved = context_.stack.grow_ring(socket.id, side, larger->memory, now);
  if (!moved) {
    client.rings.give_back(*larger, 0);
    return moved;
  }
  Ring& ring = receive ? socket.rings->first : socket.rings->second;
  ipc::StatusSlot& slot = client.arena.status(socket.slot);
  (receive ? slot.receive : slot.transmit).publish(larger->place);
  client.rings.give_back(ring, receive ? status->receive_tail : socket.transmit_tail);
  ring = *larger;
  return {};
}

}  // namespace zsock::host
