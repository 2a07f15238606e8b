#pragma once
/// \file
/// The TCP header and its options (RFC 9293 3.1, 3.2; RFC 7323; RFC 2018; RFC 7413).

#include <optional>

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint8_t kUrg = 0x20;
inline constexpr std::uint8_t kEce = 0x40;
inline constexpr std::uint8_t kCwr = 0x80;
}  // namespace tcp_flag

struct TcpTimestamps {
  std::uint32_t value = 0;  ///< TSval
  std::uint32_t echo = 0;   ///< TSecr
  friend constexpr bool operator==(const TcpTimestamps&, const TcpTimestamps&) = default;
};

/// Half-open [begin, end) in sequence space.
struct TcpSackBlock {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend constexpr bool operator==(const TcpSackBlock&, const TcpSackBlock&) = default;
};

/// RFC 7413 4.1.1. Without octets: a request for one.
struct FastOpenCookie {
  static constexpr std::size_t kLeast = 4;
  static constexpr std::size_t kMost = 16;

  std::array<std::byte, kMost> octets{};
  std::uint8_t size = 0;  ///< an even number

  [[nodiscard]] ByteView view() const { return ByteView{octets}.first(size); }
  friend constexpr bool operator==(const FastOpenCookie&, const FastOpenCookie&) = default;
};

struct TcpOptions {
  std::optional<std::uint16_t> max_segment_size{};
  std::optional<std::uint8_t>
      window_scale{};  ///< as received; clamp to 14 when used (RFC 7323 2.3)
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps{};
  std::array<TcpSackBlock, 4> sack{};
  std::size_t sack_count = 0;
  std::optional<FastOpenCookie> fast_open{};

  /// Octets when emitted, a multiple of 4.
  [[nodiscard]] std::size_t size() const;
  friend constexpr bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

struct Tcp {
  static constexpr std::size_t kMinHeaderSize = 20;
  static constexpr std::size_t kMaxHeaderSize = 60;

  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;  ///< as on the wire, unscaled
  std::uint16_t urgent = 0;
  TcpOptions options{};
  ByteView payload{};

  /// Data offset, option structure (RFC 9293 3.2: a bad option length drops the segment), unknown
  /// options skipped. The checksum is verified with verify().
  static Result<Tcp, ParseError> parse(ByteView segment);
  [[nodiscard]] static bool verify(ByteView segment, const IpAddress& source,
                                   const IpAddress& destination);
  [[nodiscard]] std::size_t header_size() const { return kMinHeaderSize + options.size(); }
  /// Writes header and options (padded with zero) and returns their size. The checksum field gets
  /// the folded pseudo-header sum for `payload_size` octets to follow: the sender of the frame
  /// completes it. REQUIRES: out.size() >= header_size().
  std::size_t emit_partial(MutableBytes out, const IpAddress& source, const IpAddress& destination,
                           std::size_t payload_size) const;
};

}  // namespace zsock::wire
