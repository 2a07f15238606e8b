#pragma once
/// \file
/// Addresses as values: link layer, IPv4, IPv6, either, with prefix, with port.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/stack/base/bytes.h"

namespace zsock::wire {

struct MacAddr {
  std::array<std::uint8_t, 6> octets{};

  static constexpr MacAddr broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  [[nodiscard]] bool is_multicast() const { return (octets[0] & 1U) != 0; }  ///< broadcast included
  [[nodiscard]] bool is_broadcast() const { return *this == broadcast(); }
  [[nodiscard]] bool is_unspecified() const { return *this == MacAddr{}; }

  /// REQUIRES: 6 octets at `offset`.
  static MacAddr load(ByteView bytes, std::size_t offset);
  void store(MutableBytes out, std::size_t offset) const;

  /// "02:00:5e:00:53:01"; nothing when the text is not exactly that form.
  static std::optional<MacAddr> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  friend constexpr auto operator<=>(const MacAddr&, const MacAddr&) = default;
};

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

/// Either family. An IPv4 address keeps its 4 octets first and the rest zero.
class IpAddress {
 public:
  constexpr IpAddress() = default;  ///< 0.0.0.0
  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    address.octets_ = {a, b, c, d};
    return address;
  }
  static IpAddress v4(std::uint32_t host_order);
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& octets) {
    IpAddress address;
    address.family_ = Family::ipv6;
    address.octets_ = octets;
    return address;
  }
  static constexpr IpAddress any(Family family) {
    IpAddress address;
    address.family_ = family;
    return address;
  }
  static IpAddress loopback(Family family);
  /// REQUIRES: 4 or 16 octets at `offset`.
  static IpAddress load(Family family, ByteView bytes, std::size_t offset);
  void store(MutableBytes out, std::size_t offset) const;

  /// Dotted quad or RFC 4291 2.2 text, no scope; nothing when it is neither.
  static std::optional<IpAddress> parse(std::string_view text);
  /// Dotted quad, or RFC 5952 text.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] constexpr Family family() const { return family_; }
  [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::ipv4; }
  [[nodiscard]] constexpr bool is_v6() const { return family_ == Family::ipv6; }
  [[nodiscard]] constexpr std::size_t size() const { return is_v4() ? 4 : 16; }
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& octets() const { return octets_; }
  [[nodiscard]] std::uint32_t v4_host_order() const;  ///< REQUIRES: is_v4()

  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;           ///< 127/8 or ::1
  [[nodiscard]] bool is_multicast() const;          ///< 224/4 or ff00::/8
  [[nodiscard]] bool is_limited_broadcast() const;  ///< 255.255.255.255
  [[nodiscard]] bool is_link_local() const;         ///< 169.254/16 or fe80::/10
  [[nodiscard]] bool is_v4_mapped() const;          ///< ::ffff:0:0/96
  [[nodiscard]] IpAddress unmapped() const;  ///< the IPv4 address inside a mapped one, else itself
  [[nodiscard]] IpAddress mapped() const;    ///< ::ffff:a.b.c.d of an IPv4 address, else itself

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::ipv4;
  std::array<std::uint8_t, 16> octets_{};
};

/// ff02::1:ffXX:XXXX for a unicast IPv6 address (RFC 4291 2.7.1).
IpAddress solicited_node(const IpAddress& address);
/// Ethernet address of a multicast group (RFC 1112 6.4, RFC 2464 7). REQUIRES:
/// group.is_multicast().
MacAddr multicast_mac(const IpAddress& group);
/// fe80::/64 with the modified EUI-64 identifier of `mac` (RFC 4291 appendix A).
IpAddress link_local_address(const MacAddr& mac);

/// An address with the length of its prefix: an interface's own address, or a route's destination.
struct Cidr {
  IpAddress address{};
  std::uint8_t prefix_length = 0;  ///< bits, 0..32 or 0..128

  /// "192.0.2.1/24", "2001:db8::1/64"; a bare address has the full length.
  static std::optional<Cidr> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool contains(const IpAddress& other) const;
  /// All-ones host part; nothing for IPv6 and for prefixes longer than 30.
  [[nodiscard]] std::optional<IpAddress> directed_broadcast() const;
  friend constexpr auto operator<=>(const Cidr&, const Cidr&) = default;
};

struct Endpoint {
  IpAddress address{};
  std::uint16_t port = 0;
  std::uint32_t scope = 0;  ///< interface of a link-local IPv6 address, 0 otherwise
  /// "192.0.2.1:80", "[2001:db8::1]:80".
  [[nodiscard]] std::string to_string() const;
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Both ends of a conversation, seen from here. The addresses are of one family.
struct Flow {
  Endpoint local{};
  Endpoint remote{};
  friend constexpr auto operator<=>(const Flow&, const Flow&) = default;
};

}  // namespace zsock::wire
