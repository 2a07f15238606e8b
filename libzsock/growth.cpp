#include "libzsock/growth.h"

#include <cerrno>

namespace zsock::lib {
namespace {

void grow(const Socket& socket, std::uint32_t offered, std::int32_t side) {
  if ((socket.flags() & offered) == 0) return;
  const int saved = errno;
  ipc::Request request;
  request.a = side;
  // Refused or not, the slot says where the ring is.
  static_cast<void>(socket.ask(request, ipc::Op::grow));
  errno = saved;
}

}  // namespace

void grow_transmit_ring(const Socket& socket) {
  grow(socket, ipc::status_flag::kGrowTransmit, ipc::kTransmitRing);
}

void grow_receive_ring(const Socket& socket) {
  grow(socket, ipc::status_flag::kGrowReceive, ipc::kReceiveRing);
}

}  // namespace zsock::lib
