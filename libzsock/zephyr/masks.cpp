/// \file
/// Masks, lists of addresses, and comparing addresses.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "libzsock/zephyr/address.h"

namespace zsock::zephyr {
namespace {

constexpr std::string_view kDividers = ", \t";

unsigned int bits_of(net_sa_family_t family) {
  return family == NET_AF_INET ? 32 : family == NET_AF_INET6 ? 128 : 0;
}

// The address lies at the same place in both families.
std::uint8_t* octets_of(net_sockaddr* address) {
  return static_cast<std::uint8_t*>(static_cast<void*>(&net_sin(address)->sin_addr));
}
const std::uint8_t* octets_of(const net_sockaddr* address) {
  return static_cast<const std::uint8_t*>(static_cast<const void*>(&net_sin(address)->sin_addr));
}

std::optional<std::uint8_t> parse_bits(std::string_view text, net_sa_family_t family) {
  std::uint8_t bits = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, bits);
  if (error != std::errc{} || rest != end || bits > bits_of(family)) return std::nullopt;
  return bits;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

const char* net_ipaddr_parse_mask(const char* text, size_t length, net_sockaddr* address,
                                  uint8_t* bits) {
  if (text == nullptr || address == nullptr) return nullptr;
  const std::string_view list(text, strnlen(text, length));
  const std::size_t end = std::min(list.find_first_of(kDividers), list.size());
  const std::string_view item = list.substr(0, end);
  const std::size_t slash = std::min(item.find('/'), item.size());
  net_sockaddr_storage parsed{};
  if (!net_ipaddr_parse(item.data(), slash, net_sad(&parsed))) return nullptr;
  auto mask = static_cast<std::uint8_t>(bits_of(parsed.ss_family));
  if (slash != item.size()) {
    const auto told = parse_bits(item.substr(slash + 1), parsed.ss_family);
    if (!told) return nullptr;
    mask = *told;
  }
  std::memcpy(address, &parsed, net_family2size(parsed.ss_family));
  if (bits != nullptr) *bits = mask;
  return text + std::min(list.find_first_not_of(kDividers, end), list.size());
}

int net_mask_len_to_netmask(net_sa_family_t family, uint8_t bits, net_sockaddr* mask) {
  if (mask == nullptr || bits_of(family) == 0 || bits > bits_of(family)) return -EINVAL;
  net_sockaddr_storage made{};
  made.ss_family = family;
  std::uint8_t* const octets = octets_of(net_sad(&made));
  for (unsigned int bit = 0; bit < bits; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (0x80U >> (bit % 8)));
  }
  std::memcpy(mask, &made, net_family2size(family));
  return 0;
}

int net_netmask_to_mask_len(net_sa_family_t family, const net_sockaddr* mask, uint8_t* bits) {
  if (mask == nullptr || bits == nullptr || bits_of(family) == 0) return -EINVAL;
  const std::uint8_t* const octets = octets_of(mask);
  const unsigned int all = bits_of(family);
  const auto is_set = [octets](unsigned int bit) {
    return (octets[bit / 8] & (0x80U >> (bit % 8))) != 0;
  };
  unsigned int count = 0;
  while (count < all && is_set(count)) ++count;
  for (unsigned int bit = count; bit < all; ++bit) {
    if (is_set(bit)) return -EINVAL;
  }
  *bits = static_cast<std::uint8_t>(count);
  return 0;
}

bool net_sockaddr_cmp(const net_sockaddr* a, const net_sockaddr* b) {
  if (a->sa_family != b->sa_family || bits_of(a->sa_family) == 0) return false;
  const bool link_local =
      a->sa_family == NET_AF_INET6 && net_ipv6_is_ll_addr(&net_sin6(a)->sin6_addr);
  return net_sin(a)->sin_port == net_sin(b)->sin_port &&
         std::memcmp(octets_of(a), octets_of(b), bits_of(a->sa_family) / 8) == 0 &&
         (!link_local || net_sin6(a)->sin6_scope_id == net_sin6(b)->sin6_scope_id);
}

int net_port_set_default(net_sockaddr* address, uint16_t port) {
  std::uint16_t now = 0;
  const int error = net_port_get(address, &now);
  return error != 0 || now != 0 ? error : net_port_set(address, port);
}
