#include "daemon/stack/wire/addr.h"

#include <algorithm>

namespace zsock::wire {
namespace {

constexpr std::uint8_t kV4Bits = 32;
constexpr std::uint8_t kV6Bits = 128;

std::uint8_t bits_of(Family family) {
  return family == Family::ipv4 ? kV4Bits : kV6Bits;
}

/// The bits of octet `index` that belong to a prefix of `length` bits.
std::uint8_t prefix_mask(std::size_t index, std::uint8_t length) {
  const std::size_t before = index * 8;
  if (length <= before) return 0;
  const std::size_t bits = std::min<std::size_t>(8, length - before);
  return static_cast<std::uint8_t>(0xff00U >> bits);
}

}  // namespace

MacAddr MacAddr::load(ByteView bytes, std::size_t offset) {
  MacAddr mac;
  for (std::size_t i = 0; i < mac.octets.size(); ++i) mac.octets[i] = load_u8(bytes, offset + i);
  return mac;
}

void MacAddr::store(MutableBytes out, std::size_t offset) const {
  for (std::size_t i = 0; i < octets.size(); ++i) store_u8(out, offset + i, octets[i]);
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
  return v4(static_cast<std::uint8_t>(host_order >> 24U),
            static_cast<std::uint8_t>(host_order >> 16U),
            static_cast<std::uint8_t>(host_order >> 8U), static_cast<std::uint8_t>(host_order));
}

IpAddress IpAddress::loopback(Family family) {
  if (family == Family::ipv4) return v4(127, 0, 0, 1);
  IpAddress address = any(Family::ipv6);
  address.octets_[15] = 1;
  return address;
}

IpAddress IpAddress::load(Family family, ByteView bytes, std::size_t offset) {
  IpAddress address = any(family);
  const std::size_t size = address.size();
  ZSOCK_CHECK(offset <= bytes.size() && size <= bytes.size() - offset);
  std::memcpy(address.octets_.data(), bytes.data() + offset, size);
  return address;
}

void IpAddress::store(MutableBytes out, std::size_t offset) const {
  ZSOCK_CHECK(offset <= out.size() && size() <= out.size() - offset);
  std::memcpy(out.data() + offset, octets_.data(), size());
}

std::uint32_t IpAddress::v4_host_order() const {
  ZSOCK_CHECK(is_v4());
  return (std::uint32_t{octets_[0]} << 24U) | (std::uint32_t{octets_[1]} << 16U) |
         (std::uint32_t{octets_[2]} << 8U) | octets_[3];
}

bool IpAddress::is_unspecified() const {
  return *this == any(family_);
}

bool IpAddress::is_loopback() const {
  return is_v4() ? octets_[0] == 127 : *this == loopback(Family::ipv6);
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (octets_[0] & 0xf0U) == 0xe0U : octets_[0] == 0xff;
}

bool IpAddress::is_limited_broadcast() const {
  return *this == v4(255, 255, 255, 255);
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return octets_[0] == 169 && octets_[1] == 254;
  return octets_[0] == 0xfe && (octets_[1] & 0xc0U) == 0x80U;
}

bool IpAddress::is_v4_mapped() const {
  if (is_v4() || octets_[10] != 0xff || octets_[11] != 0xff) return false;
  return std::all_of(octets_.begin(), octets_.begin() + 10, [](auto octet) { return octet == 0; });
}

IpAddress IpAddress::unmapped() const {
  if (!is_v4_mapped()) return *this;
  return v4(octets_[12], octets_[13], octets_[14], octets_[15]);
}

IpAddress IpAddress::mapped() const {
  if (is_v6()) return *this;
  return v6(
      {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, octets_[0], octets_[1], octets_[2], octets_[3]});
}

IpAddress solicited_node(const IpAddress& address) {
  const auto& o = address.octets();
  return IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, o[13], o[14], o[15]});
}

MacAddr multicast_mac(const IpAddress& group) {
  ZSOCK_CHECK(group.is_multicast());
  const auto& o = group.octets();
  if (group.is_v6()) return {{0x33, 0x33, o[12], o[13], o[14], o[15]}};
  return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(o[1] & 0x7fU), o[2], o[3]}};
}

IpAddress link_local_address(const MacAddr& mac) {
  const auto& m = mac.octets;
  return IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 0x02U), m[1],
                        m[2], 0xff, 0xfe, m[3], m[4], m[5]});
}

bool Cidr::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const unsigned difference = address.octets()[i] ^ unsigned { other.octets()[i] };
    if ((difference & prefix_mask(i, prefix_length)) != 0) return false;
  }
  return true;
}

std::optional<IpAddress> Cidr::directed_broadcast() const {
  if (address.is_v6() || prefix_length > bits_of(Family::ipv4) - 2) return std::nullopt;
  return IpAddress::v4(address.v4_host_order() | (0xffffffffU >> prefix_length));
}

}  // namespace zsock::wire
