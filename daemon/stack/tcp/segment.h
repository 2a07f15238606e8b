#pragma once
/// \file
/// A segment as the state machine sees it: host order, options as values, payload as borrowed
/// spans.

#include <array>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/tcp/seq.h"
#include "daemon/stack/wire/tcp.h"

namespace zsock::tcp {

/// As how many segments so much text crosses the wire; without text it is one, too.
[[nodiscard]] constexpr std::uint32_t pieces(std::size_t text, std::size_t segment_size) {
  if (segment_size == 0 || text <= segment_size) return 1;
  return static_cast<std::uint32_t>((text + segment_size - 1) / segment_size);
}

/// A received segment, perhaps merged from several by the device. Borrowed for the call.
struct Segment {
  Seq seq{};                 ///< SEG.SEQ
  Seq ack{};                 ///< SEG.ACK
  std::uint8_t flags = 0;    ///< wire::tcp_flag
  std::uint16_t window = 0;  ///< SEG.WND, unscaled
  std::uint16_t urgent = 0;  ///< SEG.UP
  wire::TcpOptions options{};
  ByteView text{};
  std::uint16_t segment_size = 0;  ///< payload octets per original segment when merged, else 0
  bool congestion_experienced = false;

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  /// SEG.LEN: octets of sequence space, counting SYN and FIN.
  [[nodiscard]] std::uint32_t length() const {
    return static_cast<std::uint32_t>(text.size()) + (has(wire::tcp_flag::kSyn) ? 1U : 0U) +
           (has(wire::tcp_flag::kFin) ? 1U : 0U);
  }
};

/// A segment to send, perhaps one to be cut into several of `max_segment` payload octets each.
struct SegmentOut {
  Seq seq{};
  Seq ack{};
  std::uint8_t flags = 0;
  std::uint16_t window = 0;  ///< as on the wire: already scaled
  std::uint16_t urgent = 0;
  wire::TcpOptions options{};
  std::array<ByteView, 2> text{};
  std::uint16_t max_segment =
      0;  ///< payload octets per segment after options; text beyond it needs cutting

  bool ecn_capable = false;  ///< ECT(0) in the IP header (RFC 3168 5)

  [[nodiscard]] std::size_t text_size() const { return text[0].size() + text[1].size(); }
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

}  // namespace zsock::tcp
