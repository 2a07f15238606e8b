#include "tests/support/apps.h"

#include <algorithm>
#include <cstring>

namespace zsock::test {

void AppRings::put(ByteView bytes) {
  const std::size_t offset = static_cast<std::size_t>(written_) & (transmit_.size() - 1);
  const std::size_t first = std::min(bytes.size(), transmit_.size() - offset);
  copy_bytes(MutableBytes{transmit_}.subspan(offset), bytes.first(first));
  copy_bytes(transmit_, bytes.subspan(first));
  written_ += bytes.size();
}

void AppRings::get(MutableBytes bytes) {
  const std::size_t offset = static_cast<std::size_t>(consumed_) & (receive_.size() - 1);
  const std::size_t first = std::min(bytes.size(), receive_.size() - offset);
  copy_bytes(bytes, ByteView{receive_}.subspan(offset, first));
  copy_bytes(bytes.subspan(first), ByteView{receive_}.first(bytes.size() - first));
  consumed_ += bytes.size();
}

// --- TcpApp --------------------------------------------------------------------------------------

Status<SockError> TcpApp::connect(const wire::Endpoint& remote) {
  return world_.stack->connect(id, remote, rings(), *world_.now);
}

SocketStatus TcpApp::status() const {
  return world_.stack->status(id).value_or(SocketStatus{});
}

std::size_t TcpApp::room() const {
  const SocketStatus seen = status();
  return seen.transmit_closed ? 0 : rings_.room(seen.transmit_head);
}

std::size_t TcpApp::write(ByteView bytes) {
  const std::size_t size = std::min(bytes.size(), room());
  if (size == 0) return 0;
  rings_.put(bytes.first(size));
  ZSOCK_CHECK(world_.stack->written(id, rings_.written(), *world_.now).has_value());
  if (grows_) grow(tcp::RingSide::transmit, status().transmit_wanted);
  return size;
}

void TcpApp::grow(tcp::RingSide side, std::size_t octets) {
  if (octets == 0) return;
  std::vector<std::byte> larger(octets);
  ZSOCK_CHECK(world_.stack->grow_ring(id, side, larger, *world_.now).has_value());
  rings_.memory(side).swap(larger);
}

void TcpApp::tell_read() {
  static_cast<void>(world_.stack->consumed(id, rings_.consumed(), *world_.now));
}

std::size_t TcpApp::readable() const {
  const auto seen = world_.stack->status(id);
  return seen ? static_cast<std::size_t>(seen->receive_tail - rings_.consumed()) : 0;
}

std::size_t TcpApp::read(MutableBytes bytes) {
  const std::size_t size = std::min(bytes.size(), readable());
  if (size == 0) return 0;
  rings_.get(bytes.first(size));
  if (rings_.consumed() >= status().notify_position) {
    ZSOCK_CHECK(world_.stack->consumed(id, rings_.consumed(), *world_.now).has_value());
  }
  if (grows_) grow(tcp::RingSide::receive, status().receive_wanted);
  return size;
}

bool TcpApp::at_end() const {
  return readable() == 0 && status().receive_closed;
}

std::string_view TcpApp::state() const {
  for (const SocketRow& row : world_.stack->sockets()) {
    if (row.socket == id) return row.state;
  }
  return {};
}

void TcpApp::shutdown_send() {
  static_cast<void>(world_.stack->shutdown(id, Stack::Shutdown::transmit, *world_.now));
}

void TcpApp::close() {
  // As libzsock does: what was read is told first, so that close() can tell what was not.
  static_cast<void>(world_.stack->consumed(id, rings_.consumed(), *world_.now));
  world_.stack->close(id, *world_.now);
}

void TcpApp::abort() {
  world_.stack->abort(id, *world_.now);
}

// --- UdpApp --------------------------------------------------------------------------------------

bool UdpApp::send(ByteView payload, const std::optional<wire::Endpoint>& to,
                  std::uint16_t segment_size) {
  const std::size_t footprint = datagram_footprint(payload.size());
  const auto seen = world_.stack->status(id);
  if (!seen || rings_.room(seen->transmit_head) < footprint) return false;
  DatagramHeader header{.payload_size = static_cast<std::uint32_t>(payload.size())};
  header.segment_size = segment_size;
  if (to) {
    header.remote = to->address.octets();
    header.remote_port = to->port;
    header.family = static_cast<std::uint8_t>(to->address.family());
    header.scope = to->scope;
  }
  std::vector<std::byte> bytes(footprint);
  std::memcpy(bytes.data(), &header, sizeof header);
  copy_bytes(MutableBytes{bytes}.subspan(sizeof header), payload);
  rings_.put(bytes);
  ZSOCK_CHECK(world_.stack->written(id, rings_.written(), *world_.now).has_value());
  return true;
}

std::optional<UdpApp::Received> UdpApp::receive() {
  const auto seen = world_.stack->status(id);
  if (!seen || seen->receive_tail == rings_.consumed()) return std::nullopt;
  std::vector<std::byte> bytes(sizeof(DatagramHeader));
  rings_.get(bytes);
  DatagramHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.resize(datagram_footprint(header.payload_size) - sizeof header);
  rings_.get(bytes);
  bytes.resize(header.payload_size);
  ZSOCK_CHECK(world_.stack->consumed(id, rings_.consumed(), *world_.now).has_value());
  const wire::IpAddress address = header.family == 6
                                      ? wire::IpAddress::v6(header.remote)
                                      : wire::IpAddress::v4(header.remote[0], header.remote[1],
                                                            header.remote[2], header.remote[3]);
  return Received{{address, header.remote_port, header.scope}, std::move(bytes)};
}

}  // namespace zsock::test
