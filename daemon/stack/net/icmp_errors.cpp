#include "daemon/stack/net/icmp_errors.h"

#include <algorithm>
#include <array>

#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"

namespace zsock::net {
namespace {

constexpr std::size_t kTransportOctets = 8;  // RFC 792: what every error quotes at least

// The quoted header has been on its way: total length and checksum need not fit what is left of
// it, so it is not what wire::Ipv4::parse accepts.
constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kFragmentField = 6;
constexpr std::uint16_t kFragmentOffset = 0x1fff;
constexpr std::size_t kProtocol = 9;
constexpr std::size_t kSource = 12;
constexpr std::size_t kDestination = 16;

std::optional<Quoted> parse_quoted_v4(ByteView bytes) {
  if (bytes.size() < wire::Ipv4::kMinHeaderSize) return std::nullopt;
  const std::uint8_t first = load_u8(bytes, 0);
  const std::size_t header_size = std::size_t{first & 0x0fU} * 4;
  if ((first >> 4U) != 4 || header_size < wire::Ipv4::kMinHeaderSize ||
      bytes.size() < header_size + kTransportOctets ||
      (load_be16(bytes, kFragmentField) & kFragmentOffset) != 0) {
    return std::nullopt;
  }
  return Quoted{.source = wire::IpAddress::load(wire::Family::ipv4, bytes, kSource),
                .destination = wire::IpAddress::load(wire::Family::ipv4, bytes, kDestination),
                .protocol = load_u8(bytes, kProtocol),
                .packet_size = load_be16(bytes, kTotalLength),
                .transport = bytes.subspan(header_size)};
}

std::optional<Quoted> parse_quoted_v6(ByteView bytes) {
  constexpr std::size_t kPayloadLength = 4;
  constexpr std::size_t kNextHeader = 6;
  constexpr std::size_t kSourceV6 = 8;
  constexpr std::size_t kDestinationV6 = 24;
  if (bytes.size() < wire::Ipv6::kHeaderSize || (load_u8(bytes, 0) >> 4U) != 6) {
    return std::nullopt;
  }
  wire::Ipv6 header{.next_header = load_u8(bytes, kNextHeader),
                    .source = wire::IpAddress::load(wire::Family::ipv6, bytes, kSourceV6),
                    .destination = wire::IpAddress::load(wire::Family::ipv6, bytes, kDestinationV6),
                    .packet = bytes,
                    .payload = bytes.subspan(wire::Ipv6::kHeaderSize)};
  wire::Ipv6Chain chain = wire::walk_ipv6_chain(header, {});
  if (chain.end == wire::Ipv6Chain::End::fragment) {
    const auto fragment = wire::Ipv6Fragment::parse(chain.payload);
    if (!fragment || fragment->offset != 0) return std::nullopt;
    header.next_header = fragment->next_header;
    header.payload = fragment->payload;
    chain = wire::walk_ipv6_chain(header, {});
  }
  if (chain.end != wire::Ipv6Chain::End::upper_layer || chain.payload.size() < kTransportOctets) {
    return std::nullopt;
  }
  const std::size_t claimed = wire::Ipv6::kHeaderSize + load_be16(bytes, kPayloadLength);
  return Quoted{.source = header.source,
                .destination = header.destination,
                .protocol = chain.protocol,
                .packet_size = static_cast<std::uint16_t>(std::min<std::size_t>(claimed, 65535)),
                .transport = chain.payload};
}

constexpr ErrorMeaning kNetwork{SockError::network_unreachable, false};
constexpr ErrorMeaning kNetworkHard{SockError::network_unreachable, true};
constexpr ErrorMeaning kHost{SockError::host_unreachable, false};
constexpr ErrorMeaning kHostHard{SockError::host_unreachable, true};
constexpr ErrorMeaning kHostDown{SockError::host_down, true};
constexpr ErrorMeaning kIsolated{SockError::not_on_network, true};
constexpr ErrorMeaning kRefused{SockError::connection_refused, true};
constexpr ErrorMeaning kDenied{SockError::access_denied, true};
constexpr ErrorMeaning kProtocolError{SockError::protocol_error, true};

std::optional<ErrorMeaning> meaning_of_v4(std::uint8_t type, std::uint8_t code) {
  // RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; code 4 is handled as an MTU.
  constexpr std::array<ErrorMeaning, 16> kUnreachable{
      kNetwork,     kHost,     ErrorMeaning{SockError::option_not_supported, true},
      kRefused,     kHost,     ErrorMeaning{SockError::operation_not_supported, false},
      kNetworkHard, kHostDown, kIsolated,
      kNetworkHard, kHostHard, kNetwork,
      kHost,        kHostHard, kHostHard,
      kHostHard};
  switch (type) {
    case wire::icmpv4_type::kUnreachable:
      if (code >= kUnreachable.size()) return std::nullopt;
      return kUnreachable.at(code);
    case wire::icmpv4_type::kTimeExceeded:
      return kHost;
    case wire::icmpv4_type::kParameterProblem:
      return kProtocolError;
    default:
      return std::nullopt;
  }
}

std::optional<ErrorMeaning> meaning_of_v6(std::uint8_t type, std::uint8_t code) {
  // RFC 4443 3.1.
  constexpr std::array<ErrorMeaning, 7> kUnreachable{kNetwork, kDenied, kHost,  kHost,
                                                     kRefused, kDenied, kDenied};
  switch (type) {
    case wire::icmpv6_type::kUnreachable:
      if (code >= kUnreachable.size()) return kProtocolError;
      return kUnreachable.at(code);
    case wire::icmpv6_type::kTimeExceeded:
      return kHost;
    case wire::icmpv6_type::kParameterProblem:
      return kProtocolError;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Quoted> parse_quoted(wire::Family family, ByteView bytes) {
  return family == wire::Family::ipv4 ? parse_quoted_v4(bytes) : parse_quoted_v6(bytes);
}

std::optional<ErrorMeaning> meaning_of(wire::Family family, std::uint8_t type, std::uint8_t code) {
  return family == wire::Family::ipv4 ? meaning_of_v4(type, code) : meaning_of_v6(type, code);
}

}  // namespace zsock::net
