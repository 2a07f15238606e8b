// The walk along the extension headers of an IPv6 packet.

#include <optional>

#include "daemon/stack/wire/ipv6.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kNextHeader = 6;  ///< in the IPv6 header

// Any extension header: next header, length in units of 8 octets beyond the first 8.
constexpr std::size_t kUnit = 8;
constexpr std::size_t kRoutingType = 2;
constexpr std::size_t kSegmentsLeft = 3;

constexpr std::uint8_t kPad1 = 0;
constexpr std::uint8_t kPadN = 1;
constexpr std::uint8_t kRouterAlert = 5;  // RFC 2711 2.1
constexpr std::size_t kRouterAlertLength = 2;

// RFC 4443 3.4
constexpr std::uint8_t kErroneousHeaderField = 0;
constexpr std::uint8_t kUnrecognizedNextHeader = 1;
constexpr std::uint8_t kUnrecognizedOption = 2;

using End = Ipv6Chain::End;

class Walk {
 public:
  Walk(const Ipv6& packet, const Ipv6ChainLimits& limits) : limits_(limits) {
    chain_.protocol = packet.next_header;
    chain_.protocol_offset = kNextHeader;
    chain_.payload = packet.payload;
  }

  Ipv6Chain run() {
    for (std::size_t headers = 0;; ++headers) {
      if (const auto end = terminal()) return finish(*end);
      if (headers == limits_.headers) return finish(End::discard);
      if (const auto end = step()) return finish(*end);
    }
  }

 private:
  using Verdict = std::optional<End>;  ///< where the walk ends; nothing: it goes on

  Ipv6Chain finish(End end) {
    chain_.end = end;
    return chain_;
  }

  /// Does the header at hand end the walk by its kind alone?
  [[nodiscard]] Verdict terminal() const {
    switch (chain_.protocol) {
      case ip_protocol::kHopByHop:
      case ip_protocol::kDestinationOptions:
      case ip_protocol::kRouting:
        return std::nullopt;
      case ip_protocol::kFragment:
        return End::fragment;
      case ip_protocol::kNoNextHeader:  // RFC 8200 4.7
        return End::discard;
      default:
        return End::upper_layer;
    }
  }

  /// One extension header: checks it and moves past it.
  Verdict step() {
    // RFC 8200 4.1: hop-by-hop options stand right behind the IPv6 header or nowhere.
    if (chain_.protocol == ip_protocol::kHopByHop && offset_ != Ipv6::kHeaderSize) {
      return problem(kUnrecognizedNextHeader, chain_.protocol_offset);
    }
    const auto header = take_header();
    if (!header) return End::discard;
    if (chain_.protocol == ip_protocol::kRouting) {
      // RFC 8200 4.4, RFC 5095 3: no type is known here, type 0 included.
      if (load_u8(*header, kSegmentsLeft) != 0) {
        return problem(kErroneousHeaderField, offset_ + kRoutingType);
      }
    } else if (const auto end = walk_options(*header)) {
      return end;
    }
    chain_.protocol = load_u8(*header, 0);
    chain_.protocol_offset = offset_;
    chain_.payload = chain_.payload.subspan(header->size());
    offset_ += header->size();
    return std::nullopt;
  }

  /// The header at hand, whole and within the limits.
  std::optional<ByteView> take_header() {
    const std::size_t available = chain_.payload.size();
    const std::size_t size =
        available < kUnit ? kUnit : kUnit * (std::size_t{load_u8(chain_.payload, 1)} + 1);
    chain_.truncated = size > available;
    if (chain_.truncated || offset_ - Ipv6::kHeaderSize + size > limits_.octets)
      return std::nullopt;
    return chain_.payload.first(size);
  }

  /// RFC 8200 4.2. Padding does not count as options (RFC 8504 5.3).
  Verdict walk_options(ByteView header) {
    std::size_t options = 0;
    for (std::size_t at = 2; at < header.size();) {
      const std::uint8_t type = load_u8(header, at);
      if (type == kPad1) {
        ++at;
        continue;
      }
      if (header.size() - at < 2) return End::discard;
      const std::size_t length = load_u8(header, at + 1);
      if (length > header.size() - at - 2) return End::discard;
      if (type != kPadN) {
        if (++options > limits_.options) return End::discard;
        if (const auto end = take_option(type, length, offset_ + at)) return end;
      }
      at += 2 + length;
    }
    return std::nullopt;
  }

  Verdict take_option(std::uint8_t type, std::size_t length, std::size_t offset) {
    if (type == kRouterAlert && length == kRouterAlertLength &&
        chain_.protocol == ip_protocol::kHopByHop) {
      chain_.router_alert = true;
      return std::nullopt;
    }
    switch (type >> 6U) {
      case 0:
        return std::nullopt;
      case 1:
        return End::discard;
      default:
        chain_.report_even_to_multicast = (type >> 6U) == 2;
        return problem(kUnrecognizedOption, offset);
    }
  }

  Verdict problem(std::uint8_t code, std::size_t pointer) {
    chain_.code = code;
    chain_.pointer = static_cast<std::uint32_t>(pointer);
    return End::parameter_problem;
  }

  const Ipv6ChainLimits limits_;
  Ipv6Chain chain_{};
  std::size_t offset_ = Ipv6::kHeaderSize;  ///< of the header at hand, from the packet's start
};

}  // namespace

Ipv6Chain walk_ipv6_chain(const Ipv6& packet, const Ipv6ChainLimits& limits) {
  return Walk(packet, limits).run();
}

}  // namespace zsock::wire
