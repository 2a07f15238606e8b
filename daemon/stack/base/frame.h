#pragma once
/// \file
/// What crosses the border between stack and device: frames, and the facts and wishes about
/// offload.

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/bytes.h"

namespace zsock {

/// A received link-layer frame, possibly one that a device has merged from several TCP segments or
/// UDP datagrams of one flow.
/// Borrowed for the call.
struct RxFrame {
  ByteView bytes{};
  bool checksum_verified = false;  ///< the transport checksum needs no check
  std::uint16_t segment_size = 0;  ///< payload octets of each original but the last; 0: not merged
};

/// Room for Ethernet, an IPv6 header (or IPv4 with options) and TCP with options.
inline constexpr std::size_t kMaxHeaderOctets = 192;

/// How a frame larger than the MTU is to be cut.
enum class Segmentation : std::uint8_t { none, tcp4, tcp6, udp4, udp6 };

/// A frame to send: headers inline, payload as borrowed spans. The spans stay valid until the next
/// call into the stack.
struct TxFrame {
  std::array<std::byte, kMaxHeaderOctets> header;  // NOLINT: filled up to header_size
  std::size_t header_size = 0;
  std::array<ByteView, 3> payload{};
  std::size_t payload_parts = 0;

  /// The transport checksum field holds the pseudo-header sum only; whoever sends the frame adds
  /// the sum from checksum_start to the end and stores its complement at checksum_start +
  /// checksum_offset.
  bool needs_checksum = false;
  std::uint16_t checksum_start = 0;   ///< octets from the start of the frame
  std::uint16_t checksum_offset = 0;  ///< octets from checksum_start

  Segmentation segmentation = Segmentation::none;
  std::uint16_t segment_size = 0;  ///< payload octets per segment when segmentation is not none

  [[nodiscard]] ByteView header_bytes() const { return {header.data(), header_size}; }
  [[nodiscard]] std::size_t payload_size() const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < payload_parts; ++i) size += payload[i].size();
    return size;
  }
  [[nodiscard]] std::size_t size() const { return header_size + payload_size(); }
};

}  // namespace zsock
