#include "daemon/stack/wire/udp.h"

#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kSourcePort = 0;
constexpr std::size_t kDestinationPort = 2;
constexpr std::size_t kLength = 4;
constexpr std::size_t kChecksum = Udp::kChecksumOffset;
constexpr std::size_t kMaxLength = 65535;

Checksum pseudo_header(const IpAddress& source, const IpAddress& destination, std::size_t length) {
  return Checksum().add_pseudo_header(source, destination, ip_protocol::kUdp,
                                      static_cast<std::uint32_t>(length));
}

}  // namespace

Result<Udp, ParseError> Udp::parse(ByteView datagram) {
  if (datagram.size() < kHeaderSize) return Err{ParseError::too_short};
  const std::size_t length = load_be16(datagram, kLength);
  if (length < kHeaderSize || length > datagram.size()) return Err{ParseError::bad_length};
  return Udp{.source_port = load_be16(datagram, kSourcePort),
             .destination_port = load_be16(datagram, kDestinationPort),
             .checksum = load_be16(datagram, kChecksum),
             .payload = datagram.subspan(kHeaderSize, length - kHeaderSize)};
}

bool Udp::verify(ByteView datagram, const IpAddress& source, const IpAddress& destination) {
  const auto udp = parse(datagram);
  if (!udp) return false;
  if (udp->checksum == 0) return source.is_v4();
  const std::size_t length = kHeaderSize + udp->payload.size();
  return pseudo_header(source, destination, length).add(datagram.first(length)).finish() == 0;
}

void Udp::emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const {
  emit_partial(out, source, destination, payload.size());
  const std::uint16_t complete = Checksum{}.add(out.first(kHeaderSize)).add(payload).finish();
  store_be16(out, kChecksum, complete == 0 ? std::uint16_t{0xffff} : complete);
}

void Udp::emit_partial(MutableBytes out, const IpAddress& source, const IpAddress& destination,
                       std::size_t payload_size) const {
  const std::size_t length = kHeaderSize + payload_size;
  ZSOCK_CHECK(length <= kMaxLength);
  store_be16(out, kSourcePort, source_port);
  store_be16(out, kDestinationPort, destination_port);
  store_be16(out, kLength, static_cast<std::uint16_t>(length));
  store_be16(out, kChecksum, pseudo_header(source, destination, length).folded());
}

}  // namespace zsock::wire
