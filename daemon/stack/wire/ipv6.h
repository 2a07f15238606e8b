#pragma once
/// \file
/// The IPv6 header and its extension headers (RFC 8200).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {

struct Ipv6 {
  static constexpr std::size_t kHeaderSize = 40;

  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;  ///< 20 bits
  std::uint8_t next_header = 0;  ///< of the first extension header or the upper layer
  std::uint8_t hop_limit = 64;
  IpAddress source = IpAddress::any(Family::ipv6);
  IpAddress destination = IpAddress::any(Family::ipv6);
  ByteView packet{};   ///< received only: header and payload, padding cut off
  ByteView payload{};  ///< exactly payload length octets, extension headers included

  static Result<Ipv6, ParseError> parse(ByteView packet);
  /// REQUIRES: out.size() >= kHeaderSize, payload_size <= 65535.
  void emit(MutableBytes out, std::size_t payload_size) const;
};

/// RFC 8200 4.5.
struct Ipv6Fragment {
  static constexpr std::size_t kHeaderSize = 8;
  std::uint8_t next_header = 0;
  std::uint16_t offset = 0;  ///< octets, a multiple of 8
  bool more_fragments = false;
  std::uint32_t identification = 0;
  ByteView payload{};

  static Result<Ipv6Fragment, ParseError> parse(ByteView bytes);
  /// REQUIRES: out.size() >= kHeaderSize.
  void emit(MutableBytes out) const;
};

/// Limits on hostile chains (RFC 8504 5.3, RFC 9673; conformance row IP6-2).
struct Ipv6ChainLimits {
  std::size_t headers = 16;
  std::size_t options = 8;
  std::size_t octets = 1280;
};

/// Where walking the extension headers ended.
struct Ipv6Chain {
  enum class End : std::uint8_t {
    upper_layer,        ///< `protocol` and `payload` are the upper layer's
    fragment,           ///< `payload` begins with a fragment header
    discard,            ///< drop in silence
    parameter_problem,  ///< drop; answer Parameter Problem `code` with `pointer` unless forbidden
  };
  End end = End::discard;
  std::uint8_t protocol = ip_protocol::kNoNextHeader;
  ByteView payload{};
  /// Octets from the start of the packet to the next-header field naming `protocol`.
  std::size_t protocol_offset = 0;
  std::uint8_t code = 0;                  ///< RFC 4443 3.4
  std::uint32_t pointer = 0;              ///< octets from the start of the packet
  bool report_even_to_multicast = false;  ///< option type with action bits 10
  bool router_alert = false;              ///< hop-by-hop Router Alert seen (RFC 2711)
  /// With End::discard: an extension header runs past the bytes (RFC 7112: code 3, pointer 0, in a
  /// first fragment).
  bool truncated = false;
};

/// Walks hop-by-hop, destination options and routing headers (RFC 8200 4.1, 4.2; RFC 5095; RFC
/// 7112). Offsets count from 40 at the start of `packet.payload`.
/// \param packet  a parsed packet, or a reassembled one without its fragment header
/// \param limits  a chain that exceeds one is discarded
[[nodiscard]] Ipv6Chain walk_ipv6_chain(const Ipv6& packet, const Ipv6ChainLimits& limits);

}  // namespace zsock::wire
