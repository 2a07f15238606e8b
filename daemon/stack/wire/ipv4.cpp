#include "daemon/stack/wire/ipv4.h"

#include <optional>

#include "daemon/stack/wire/checksum.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kVersion = 0;  ///< version and header length
constexpr std::size_t kTos = 1;
constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kIdentification = 4;
constexpr std::size_t kFragment = 6;  ///< flags and fragment offset
constexpr std::size_t kTtl = 8;
constexpr std::size_t kProtocol = 9;
constexpr std::size_t kHeaderChecksum = 10;
constexpr std::size_t kSource = 12;
constexpr std::size_t kDestination = 16;

constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;  ///< in units of 8 octets
constexpr std::size_t kMaxTotalLength = 65535;

constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kRecordRoute = 7;
constexpr std::uint8_t kLooseSourceRoute = 131;
constexpr std::uint8_t kStrictSourceRoute = 137;

enum class Routing : std::uint8_t { absent, present };

/// Walks the options (RFC 791 3.1). Nothing when one has an impossible length.
std::optional<Routing> check_options(ByteView options) {
  Routing routing = Routing::absent;
  while (!options.empty()) {
    const std::uint8_t type = load_u8(options, 0);
    if (type == kEndOfOptions) break;
    if (type == kNoOperation) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return std::nullopt;
    const std::size_t length = load_u8(options, 1);
    if (length < 2 || length > options.size()) return std::nullopt;
    if (type == kRecordRoute || type == kLooseSourceRoute || type == kStrictSourceRoute) {
      routing = Routing::present;
    }
    options = options.subspan(length);
  }
  return routing;
}

}  // namespace

Result<Ipv4, ParseError> Ipv4::parse(ByteView packet) {
  if (packet.size() < kMinHeaderSize) return Err{ParseError::too_short};
  const std::uint8_t version = load_u8(packet, kVersion);
  if ((version >> 4U) != 4) return Err{ParseError::bad_version};
  const std::size_t header_size = std::size_t{version & 0xfU} * 4;
  const std::size_t total = load_be16(packet, kTotalLength);
  if (header_size < kMinHeaderSize || header_size > total || total > packet.size()) {
    return Err{ParseError::bad_length};
  }
  const ByteView header = packet.first(header_size);
  if (checksum(header) != 0) return Err{ParseError::bad_checksum};
  const ByteView options = header.subspan(kMinHeaderSize);
  const auto routing = check_options(options);
  if (!routing) return Err{ParseError::bad_option};

  const std::uint16_t fragment = load_be16(packet, kFragment);
  return Ipv4{.tos = load_u8(packet, kTos),
              .identification = load_be16(packet, kIdentification),
              .dont_fragment = (fragment & kDontFragment) != 0,
              .more_fragments = (fragment & kMoreFragments) != 0,
              .fragment_offset = static_cast<std::uint16_t>((fragment & kOffsetMask) * 8U),
              .ttl = load_u8(packet, kTtl),
              .protocol = load_u8(packet, kProtocol),
              .source = IpAddress::load(Family::ipv4, packet, kSource),
              .destination = IpAddress::load(Family::ipv4, packet, kDestination),
              .options = options,
              .has_source_route = *routing == Routing::present,
              .header = header,
              .payload = packet.subspan(header_size, total - header_size)};
}

void Ipv4::emit(MutableBytes out, std::size_t payload_size) const {
  ZSOCK_CHECK(payload_size <= kMaxTotalLength - kMinHeaderSize && fragment_offset % 8 == 0);
  ZSOCK_CHECK(source.is_v4() && destination.is_v4());
  const unsigned fragment = (dont_fragment ? unsigned{kDontFragment} : 0U) |
                            (more_fragments ? unsigned{kMoreFragments} : 0U) |
                            (unsigned{fragment_offset} / 8U);
  store_u8(out, kVersion, 0x45);
  store_u8(out, kTos, tos);
  store_be16(out, kTotalLength, static_cast<std::uint16_t>(kMinHeaderSize + payload_size));
  store_be16(out, kIdentification, identification);
  store_be16(out, kFragment, static_cast<std::uint16_t>(fragment));
  store_u8(out, kTtl, ttl);
  store_u8(out, kProtocol, protocol);
  store_be16(out, kHeaderChecksum, 0);
  source.store(out, kSource);
  destination.store(out, kDestination);
  store_be16(out, kHeaderChecksum, checksum(out.first(kMinHeaderSize)));
}

}  // namespace zsock::wire
