#pragma once
/// \file
/// The 10-octet header before each frame of a TAP opened with IFF_VNET_HDR (virtio 1.2, 5.1.6): the
/// offload facts about frames received, the offload wishes for frames sent. Native byte order.

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/frame.h"

namespace zsock::drivers {

struct VnetHeader {
  static constexpr std::size_t kSize = 10;
  static constexpr std::uint8_t kNeedsChecksum = 1;
  static constexpr std::uint8_t kChecksumValid = 2;
  static constexpr std::uint8_t kNotMerged = 0;
  static constexpr std::uint8_t kTcp4 = 1;
  static constexpr std::uint8_t kTcp6 = 4;
  static constexpr std::uint8_t kUdp = 5;  ///< VIRTIO_NET_HDR_GSO_UDP_L4: datagrams, either family
  static constexpr std::uint8_t kEcn =
      0x80;  ///< beside kTcp4, kTcp6: CWR on the first segment only

  std::uint8_t flags = 0;
  std::uint8_t gso_type = kNotMerged;
  std::uint16_t header_size = 0;   ///< octets before the payload
  std::uint16_t segment_size = 0;  ///< payload octets per segment
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;

  using Bytes = std::array<std::byte, kSize>;
  static VnetHeader decode(const Bytes& bytes);
  [[nodiscard]] Bytes encode() const;

  friend bool operator==(const VnetHeader&, const VnetHeader&) = default;
};

/// The wishes of `frame`, for the kernel.
[[nodiscard]] VnetHeader vnet_header_of(const TxFrame& frame);

/// Checks what the kernel says about a received frame against its bytes and says it in our terms.
/// Every field is taken as hostile. A partial checksum outside TCP and UDP is completed in place,
/// the stack then checks it. The result has no bytes when the frame is refused: too large, a
/// checksum field out of bounds, or merged from something else than what it holds, or from more
/// datagrams than Linux merges.
[[nodiscard]] RxFrame describe_received(const VnetHeader& header, MutableBytes frame);

}  // namespace zsock::drivers
