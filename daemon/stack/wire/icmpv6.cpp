#include "daemon/stack/wire/icmpv6.h"

#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kType = 0;
constexpr std::size_t kCode = 1;
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kRest = 4;

Checksum pseudo_header(const IpAddress& source, const IpAddress& destination, std::size_t length) {
  return Checksum().add_pseudo_header(source, destination, ip_protocol::kIcmpV6,
                                      static_cast<std::uint32_t>(length));
}

}  // namespace

Result<Icmpv6, ParseError> Icmpv6::parse(ByteView message, const IpAddress& source,
                                         const IpAddress& destination) {
  if (message.size() < kHeaderSize) return Err{ParseError::too_short};
  if (pseudo_header(source, destination, message.size()).add(message).finish() != 0) {
    return Err{ParseError::bad_checksum};
  }
  return Icmpv6{.type = load_u8(message, kType),
                .code = load_u8(message, kCode),
                .rest = load_be32(message, kRest),
                .payload = message.subspan(kHeaderSize)};
}

void Icmpv6::emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const {
  store_u8(out, kType, type);
  store_u8(out, kCode, code);
  store_be16(out, kChecksum, 0);
  store_be32(out, kRest, rest);
  Checksum sum = pseudo_header(source, destination, kHeaderSize + payload.size());
  sum.add(out.first(kHeaderSize)).add(payload);
  store_be16(out, kChecksum, sum.finish());
}

}  // namespace zsock::wire
