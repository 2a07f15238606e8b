#pragma once
/// \file
/// The one software path for what a device may not do itself: cutting super-frames of TCP, and
/// received ones of UDP, and completing partial checksums.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "daemon/stack/base/frame.h"

namespace zsock::drivers {

/// Does a device do the work, or does this file?
enum class Offload : std::uint8_t { on, off };

/// Is it to be cut into datagrams of UDP?
[[nodiscard]] inline bool is_udp(const TxFrame& frame) {
  return frame.segmentation == Segmentation::udp4 || frame.segmentation == Segmentation::udp6;
}

/// Completes a partial checksum in place: sums from `start` to the end and stores the complement at
/// start + offset, all ones in place of zero (RFC 768). REQUIRES: start + offset + 2 <=
/// frame.size().
void complete_checksum(MutableBytes frame, std::size_t start, std::size_t offset);

/// Turns one TxFrame into the plain frames it stands for, one at a time and without memory of its
/// own.
///
/// Payload may be shared with a hostile process, so each of its octets is read exactly once, into
/// the outgoing frame; the checksum is then taken over that private copy while it is hot in cache.
/// Every frame agrees with its own checksum whatever happens to the payload meanwhile.
class Segmenter {
 public:
  /// Borrows `frame` and its payload for its own life.
  /// REQUIRES: offsets inside the header, the frame at most kMaxFrameOctets; when it asks for
  /// segmentation: needs_checksum, segment_size > 0, headers without VLAN tag that end where the
  /// payload starts, neither SYN, RST nor URG.
  explicit Segmenter(const TxFrame& frame);

  /// Frames that next() has still to make.
  [[nodiscard]] std::size_t frames_left() const;
  /// Octets of the largest of them.
  [[nodiscard]] std::size_t largest_frame() const;

  /// Writes the next frame to the start of `out` and returns it; empty when there are no more.
  /// REQUIRES: out.size() >= largest_frame().
  ByteView next(MutableBytes out);

 private:
  void copy_payload(MutableBytes out);
  void fix_ip(MutableBytes out, std::size_t index) const;
  void fix_transport(MutableBytes out, std::size_t size) const;
  void fix_tcp(MutableBytes tcp, std::size_t size) const;

  const TxFrame& frame_;
  std::size_t payload_size_;
  std::size_t step_;        ///< payload octets per frame
  std::size_t offset_ = 0;  ///< payload octets already handed out
  std::size_t part_ = 0;    ///< the span that holds the next octet,
  std::size_t inside_ = 0;  ///< and where in it
  bool done_ = false;
};

/// A TxFrame without wishes over complete bytes, which stay borrowed.
[[nodiscard]] TxFrame plain_frame(ByteView bytes);

/// A received frame as one to be cut and summed: merged frames get their segmentation wish, those
/// with a verified (perhaps partial) checksum a fresh pseudo-header sum. Other frames stay as they
/// are. Nothing for a merged frame that is neither TCP nor UDP, or whose headers do not fit.
[[nodiscard]] std::optional<TxFrame> resend_form(const RxFrame& frame);

}  // namespace zsock::drivers
