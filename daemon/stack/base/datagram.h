#pragma once
/// \file
/// How datagrams lie in a ByteRing: a fixed header, then the payload, padded to a multiple of 8.
/// Shared by the stack and libzsock; part of the shared-memory contract (docs/ipc.md).

#include <array>
#include <cstddef>
#include <cstdint>

namespace zsock {

/// Host byte order (both sides are one machine). Every field of a header read from a ring is
/// hostile.
struct DatagramHeader {
  std::uint32_t payload_size = 0;         ///< octets that follow
  std::uint32_t full_size = 0;            ///< receive: octets on the wire, before truncation
  std::array<std::uint8_t, 16> remote{};  ///< peer; IPv4 in the first 4 octets, network order
  std::array<std::uint8_t, 16> local{};   ///< receive: destination; transmit: source, see flags
  std::uint16_t remote_port = 0;          ///< 0 in transmit: the connected peer
  std::uint8_t family = 0;                ///< 4, 6, or 0 in transmit: the connected peer
  std::uint8_t hop_limit = 0;             ///< TTL or hop limit; 0 in transmit: the socket's
  std::uint8_t traffic_class = 0;         ///< TOS or traffic class; in transmit, see flags
  std::uint8_t flags = 0;                 ///< transmit: datagram_flag
  std::uint16_t segment_size = 0;         ///< transmit: cut into datagrams of this size; 0: one
  std::uint32_t scope = 0;                ///< interface of a link-local peer
  std::uint32_t interface = 0;            ///< it came in on, or shall go out on; 0: any
  std::int64_t time = 0;                  ///< receive: when, nanoseconds of zsockd's clock
};

/// DatagramHeader::flags.
namespace datagram_flag {
inline constexpr std::uint8_t kTrafficClass = 1;  ///< traffic_class is meant
inline constexpr std::uint8_t kSourceV4 = 2;      ///< local is meant
inline constexpr std::uint8_t kSourceV6 = 4;      ///< local is meant
}  // namespace datagram_flag

static_assert(sizeof(DatagramHeader) == 64);
static_assert(offsetof(DatagramHeader, remote) == 8);
static_assert(offsetof(DatagramHeader, local) == 24);
static_assert(offsetof(DatagramHeader, remote_port) == 40);
static_assert(offsetof(DatagramHeader, scope) == 48);

/// Octets a datagram of `payload` octets takes in the ring.
constexpr std::size_t datagram_footprint(std::size_t payload) {
  return sizeof(DatagramHeader) + ((payload + 7U) & ~std::size_t{7});
}

}  // namespace zsock
