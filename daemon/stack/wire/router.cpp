#include "daemon/stack/wire/router.h"

#include <algorithm>

namespace zsock::wire {
namespace {

constexpr std::uint8_t kHopLimit = 255;  // RFC 4861 6.1.2
constexpr std::size_t kUnit = 8;         ///< option lengths count these
constexpr std::size_t kTimers = 8;       ///< reachable time, retransmission timer

constexpr std::uint8_t kSourceLinkAddress = 1;  // RFC 4861 4.6.1
constexpr std::uint8_t kPrefix = 3;             // RFC 4861 4.6.2
constexpr std::uint8_t kMtu = 5;                // RFC 4861 4.6.4
constexpr std::uint8_t kRoute = 24;             // RFC 4191 2.3
constexpr std::uint8_t kNameServers = 25;       // RFC 8106 5.1

constexpr std::uint8_t kOnLink = 0x80;
constexpr std::uint8_t kAutonomous = 0x40;
constexpr std::uint8_t kMaxPrefixLength = 128;

enum class Reserved : std::uint8_t { kept_out, medium };

/// The two bits of RFC 4191 2.1, as they stand in flags.
std::optional<RouterPreference> load_preference(std::uint8_t flags, Reserved reserved) {
  switch ((flags >> 3U) & 3U) {
    case 0:
      return RouterPreference::medium;
    case 1:
      return RouterPreference::high;
    case 3:
      return RouterPreference::low;
    default:
      if (reserved == Reserved::medium) return RouterPreference::medium;
      return std::nullopt;
  }
}

std::uint8_t preference_bits(RouterPreference preference) {
  return static_cast<std::uint8_t>((static_cast<unsigned>(preference) & 3U) << 3U);
}

std::optional<PrefixInformation> load_prefix(ByteView option) {
  if (option.size() != 4 * kUnit || load_u8(option, 2) > kMaxPrefixLength) return std::nullopt;
  const std::uint8_t flags = load_u8(option, 3);
  return PrefixInformation{
      .prefix = {IpAddress::load(Family::ipv6, option, 16), load_u8(option, 2)},
      .on_link = (flags & kOnLink) != 0,
      .autonomous = (flags & kAutonomous) != 0,
      .valid_lifetime = load_be32(option, 4),
      .preferred_lifetime = load_be32(option, 8)};
}

std::optional<RouteInformation> load_route(ByteView option) {
  const std::uint8_t length = load_u8(option, 2);
  const std::size_t units = option.size() / kUnit;
  if (length > kMaxPrefixLength || units > 3) return std::nullopt;
  if ((length > 64 && units != 3) || (length > 0 && units < 2)) return std::nullopt;
  const auto preference = load_preference(load_u8(option, 3), Reserved::kept_out);
  if (!preference) return std::nullopt;
  std::array<std::byte, 16> address{};
  copy_bytes(MutableBytes(address), option.subspan(kUnit));
  return RouteInformation{.prefix = {IpAddress::load(Family::ipv6, address, 0), length},
                          .preference = *preference,
                          .lifetime = load_be32(option, 4)};
}

/// An odd number of units, three at least.
void take_name_servers(RouterAdvertisement& said, ByteView option) {
  constexpr std::size_t kAddress = 2 * kUnit;
  if (option.size() < kUnit + kAddress || option.size() % kAddress != kUnit) return;
  for (std::size_t at = kUnit; at < option.size(); at += kAddress) {
    if (said.name_servers.size() == RouterAdvertisement::kMaxNameServers) return;
    said.name_servers.push_back({IpAddress::load(Family::ipv6, option, at), load_be32(option, 4)});
  }
}

void take_option(RouterAdvertisement& said, ByteView option) {
  switch (load_u8(option, 0)) {
    case kSourceLinkAddress:
      if (option.size() == kUnit && !said.source_link_address) {
        said.source_link_address = MacAddr::load(option, 2);
      }
      return;
    case kMtu:
      if (option.size() == kUnit && !said.mtu) said.mtu = load_be32(option, 4);
      return;
    case kPrefix:
      if (const auto prefix = load_prefix(option);
          prefix && said.prefixes.size() < RouterAdvertisement::kMaxPrefixes) {
        said.prefixes.push_back(*prefix);
      }
      return;
    case kRoute:
      if (const auto route = load_route(option);
          route && said.routes.size() < RouterAdvertisement::kMaxRoutes) {
        said.routes.push_back(*route);
      }
      return;
    case kNameServers:
      return take_name_servers(said, option);
    default:
      return;
  }
}

/// False: an option's length is 0 or leads out of the message.
bool take_options(RouterAdvertisement& said, ByteView bytes) {
  while (!bytes.empty()) {
    if (bytes.size() < 2) return false;
    const std::size_t size = kUnit * load_u8(bytes, 1);
    if (size == 0 || size > bytes.size()) return false;
    take_option(said, bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return true;
}

/// Room for one option at the end; its header is written.
MutableBytes append_option(std::vector<std::byte>& message, std::uint8_t type, std::uint8_t units) {
  const std::size_t at = message.size();
  message.resize(at + units * kUnit);
  const MutableBytes option = MutableBytes(message).subspan(at);
  store_u8(option, 0, type);
  store_u8(option, 1, units);
  return option;
}

}  // namespace

Result<RouterAdvertisement, ParseError> RouterAdvertisement::parse(const Icmpv6& message,
                                                                   const NdpContext& context) {
  if (message.type != icmpv6_type::kRouterAdvertisement) return Err{ParseError::unsupported};
  if (context.hop_limit != kHopLimit || message.code != 0 || !context.source.is_v6() ||
      !context.source.is_link_local() || message.payload.size() < kTimers) {
    return Err{ParseError::bad_value};
  }
  RouterAdvertisement said;
  said.hop_limit = static_cast<std::uint8_t>(message.rest >> 24U);
  const auto flags = static_cast<std::uint8_t>((message.rest >> 16U) & 0xffU);
  said.preference = *load_preference(flags, Reserved::medium);
  said.lifetime = static_cast<std::uint16_t>(message.rest & 0xffffU);
  if (!take_options(said, message.payload.subspan(kTimers))) return Err{ParseError::bad_value};
  return said;
}

std::vector<std::byte> RouterAdvertisement::build(const IpAddress& source,
                                                  const IpAddress& destination) const {
  std::vector<std::byte> message(Icmpv6::kHeaderSize + kTimers);
  if (source_link_address) {
    source_link_address->store(append_option(message, kSourceLinkAddress, 1), 2);
  }
  if (mtu) store_be32(append_option(message, kMtu, 1), 4, *mtu);
  for (const PrefixInformation& prefix : prefixes) {
    const MutableBytes option = append_option(message, kPrefix, 4);
    store_u8(option, 2, prefix.prefix.prefix_length);
    store_u8(option, 3,
             static_cast<std::uint8_t>((prefix.on_link ? kOnLink : 0U) |
                                       (prefix.autonomous ? kAutonomous : 0U)));
    store_be32(option, 4, prefix.valid_lifetime);
    store_be32(option, 8, prefix.preferred_lifetime);
    prefix.prefix.address.store(option, 16);
  }
  for (const RouteInformation& route : routes) {
    const MutableBytes option = append_option(message, kRoute, 3);
    store_u8(option, 2, route.prefix.prefix_length);
    store_u8(option, 3, preference_bits(route.preference));
    store_be32(option, 4, route.lifetime);
    route.prefix.address.store(option, 8);
  }
  for (const AdvertisedNameServer& server : name_servers) {
    const MutableBytes option = append_option(message, kNameServers, 3);
    store_be32(option, 4, server.lifetime);
    server.address.store(option, 8);
  }
  const std::uint32_t flags = preference_bits(preference);
  Icmpv6{.type = icmpv6_type::kRouterAdvertisement,
         .rest = (std::uint32_t{hop_limit} << 24U) | (flags << 16U) | lifetime,
         .payload = ByteView(message).subspan(Icmpv6::kHeaderSize)}
      .emit(message, source, destination);
  return message;
}

std::size_t RouterSolicitation::emit(MutableBytes out, const IpAddress& source,
                                     const IpAddress& destination) const {
  std::size_t size = Icmpv6::kHeaderSize;
  if (source_link_address) {
    store_u8(out, size, kSourceLinkAddress);
    store_u8(out, size + 1, 1);
    source_link_address->store(out, size + 2);
    size += kUnit;
  }
  Icmpv6{.type = icmpv6_type::kRouterSolicitation,
         .payload = out.first(size).subspan(Icmpv6::kHeaderSize)}
      .emit(out, source, destination);
  return size;
}

}  // namespace zsock::wire
