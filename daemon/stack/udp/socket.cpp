#include "daemon/stack/udp/socket.h"

#include <algorithm>
#include <cstring>

namespace zsock::udp {
namespace {

constexpr std::size_t kPadding = 8;
constexpr std::uint8_t kIpv4 = 4;
constexpr std::uint8_t kIpv6 = 6;

std::uint8_t family_number(const wire::IpAddress& address) {
  return address.is_v4() ? kIpv4 : kIpv6;
}

wire::IpAddress load_address(std::uint8_t family, const std::array<std::uint8_t, 16>& octets) {
  if (family == kIpv6) return wire::IpAddress::v6(octets);
  return wire::IpAddress::v4(octets[0], octets[1], octets[2], octets[3]);
}

/// The header at the head of a ring, copied once before anything in it is looked at.
DatagramHeader snapshot(const ByteRing& ring) {
  std::array<std::byte, sizeof(DatagramHeader)> bytes{};
  ring.read_at(ring.head(), bytes);
  DatagramHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

}  // namespace

void Socket::attach(MutableBytes receive, MutableBytes transmit) {
  ZSOCK_CHECK(!attached());
  receive_ = ByteRing(receive);
  transmit_ = ByteRing(transmit);
}

bool Socket::deliver(const Incoming& datagram) {
  const std::size_t size = datagram.payload.size();
  if (receive_.room() < datagram_footprint(size)) return false;
  const DatagramHeader header{.payload_size = static_cast<std::uint32_t>(size),
                              .full_size = static_cast<std::uint32_t>(size),
                              .remote = datagram.flow.remote.address.octets(),
                              .local = datagram.flow.local.address.octets(),
                              .remote_port = datagram.flow.remote.port,
                              .family = family_number(datagram.flow.remote.address),
                              .hop_limit = datagram.hop_limit,
                              .traffic_class = datagram.traffic_class,
                              .scope = datagram.flow.remote.scope,
                              .interface = datagram.interface,
                              .time = datagram.time};
  std::array<std::byte, sizeof(DatagramHeader)> bytes{};
  std::memcpy(bytes.data(), &header, sizeof header);
  constexpr std::array<std::byte, kPadding> kZeros{};
  const std::size_t padding = datagram_footprint(size) - sizeof header - size;
  receive_.append(bytes);
  receive_.append(datagram.payload);
  receive_.append(ByteView(kZeros).first(padding));
  return true;
}

Result<std::optional<Outgoing>, SockError> Socket::next() {
  if (transmit_.size() == 0) return std::optional<Outgoing>{};
  if (transmit_.size() < sizeof(DatagramHeader)) return Err{SockError::protocol_error};
  const DatagramHeader header = snapshot(transmit_);
  // Compared without adding to it: the size may be anything.
  const std::size_t behind_header = transmit_.size() - sizeof(DatagramHeader);
  if (header.payload_size > behind_header ||
      datagram_footprint(header.payload_size) > transmit_.size()) {
    return Err{SockError::protocol_error};
  }
  // The size may have grown smaller since a part was sent.
  const std::size_t sent = std::min<std::size_t>(sent_, header.payload_size);
  Outgoing outgoing{.interface = header.interface,
                    .hop_limit = header.hop_limit,
                    .segment_size = header.segment_size,
                    .size = header.payload_size - sent};
  if ((header.flags & datagram_flag::kTrafficClass) != 0) {
    outgoing.traffic_class = header.traffic_class;
  }
  const bool source_v6 = (header.flags & datagram_flag::kSourceV6) != 0;
  if (source_v6 || (header.flags & datagram_flag::kSourceV4) != 0) {
    outgoing.source = load_address(source_v6 ? kIpv6 : kIpv4, header.local);
  }
  if (header.remote_port != 0) {
    if (header.family != kIpv4 && header.family != kIpv6) return Err{SockError::protocol_error};
    outgoing.remote = {.address = load_address(header.family, header.remote),
                       .port = header.remote_port,
                       .scope = header.scope};
  }
  shown_ = datagram_footprint(header.payload_size);
  outgoing.payload =
      transmit_.peek(transmit_.head() + sizeof(DatagramHeader) + sent, outgoing.size);
  return std::optional<Outgoing>{outgoing};
}

void Socket::pop() {
  ZSOCK_CHECK(shown_ != 0);
  ZSOCK_CHECK(transmit_.advance_head(transmit_.head() + shown_));
  shown_ = 0;
  sent_ = 0;
}

}  // namespace zsock::udp
