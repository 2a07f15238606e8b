#pragma once
/// \file
/// Where the transport header of a frame lies: just enough of IPv4 (RFC 791 3.1) and IPv6 (RFC 8200
/// 3, 4) to check offload facts against the bytes they come with.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::drivers {

inline constexpr std::size_t kEthernetOctets = 14;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;

// Octets from the start of a TCP header (RFC 9293 3.1), and bits of its flags.
inline constexpr std::size_t kTcpSequence = 4;
inline constexpr std::size_t kTcpFlags = 13;
inline constexpr std::size_t kTcpMinOctets = 20;
inline constexpr std::size_t kUdpOctets = 8;
inline constexpr std::size_t kUdpLength = 4;  ///< octets from the start of its header (RFC 768)
inline constexpr unsigned kFin = 0x01;
inline constexpr unsigned kPsh = 0x08;
inline constexpr unsigned kAck = 0x10;
inline constexpr unsigned kEce = 0x40;
inline constexpr unsigned kCwr = 0x80;

struct Transport {
  wire::Family family = wire::Family::ipv4;
  std::uint8_t protocol = 0;
  std::size_t start = 0;  ///< octets from the start of the frame
  std::size_t end = 0;    ///< end of the IP packet; what follows is link-layer padding
  wire::IpAddress source{};
  wire::IpAddress destination{};
  bool source_routed = false;  ///< a routing header: `destination` is not the final one

  /// Octets from `start` to the checksum field; nothing unless TCP or UDP.
  [[nodiscard]] std::optional<std::size_t> checksum_offset() const;
};

/// Finds the transport header of an Ethernet frame. Nothing when it carries no IP, is a fragment,
/// or ends before that header starts.
[[nodiscard]] std::optional<Transport> find_transport(ByteView frame);

/// Frame octets before the payload of TCP or UDP; nothing when it is neither or the header does not
/// fit. REQUIRES: transport was found in `frame`.
[[nodiscard]] std::optional<std::size_t> payload_start(ByteView frame, const Transport& transport);

/// Makes the IP header say that its packet ends with `frame`: length, and IPv4 the checksum of its
/// `header` octets. REQUIRES: the headers lie in `frame`, which is at most kMaxFrameOctets.
void set_ip_length(MutableBytes frame, wire::Family family, std::size_t header);

}  // namespace zsock::drivers
