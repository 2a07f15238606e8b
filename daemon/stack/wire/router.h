#pragma once
/// \file
/// Router Solicitations and Advertisements (RFC 4861 4.1, 4.2; preferences and routes RFC 4191; DNS
/// servers RFC 8106).

#include <optional>
#include <vector>

#include "daemon/stack/wire/ndp.h"

namespace zsock::wire {

enum class RouterPreference : std::int8_t { low = -1, medium = 0, high = 1 };  ///< RFC 4191 2.1

inline constexpr std::uint32_t kForever = 0xffff'ffff;  ///< as a lifetime in seconds

/// RFC 4861 4.6.2.
struct PrefixInformation {
  Cidr prefix{};
  bool on_link = false;
  bool autonomous = false;
  std::uint32_t valid_lifetime = 0;      ///< seconds
  std::uint32_t preferred_lifetime = 0;  ///< seconds
  friend bool operator==(const PrefixInformation&, const PrefixInformation&) = default;
};

/// RFC 4191 2.3.
struct RouteInformation {
  Cidr prefix{};
  RouterPreference preference = RouterPreference::medium;
  std::uint32_t lifetime = 0;  ///< seconds
  friend bool operator==(const RouteInformation&, const RouteInformation&) = default;
};

/// One of RFC 8106 5.1.
struct AdvertisedNameServer {
  IpAddress address{};
  std::uint32_t lifetime = 0;  ///< seconds
  friend bool operator==(const AdvertisedNameServer&, const AdvertisedNameServer&) = default;
};

struct RouterAdvertisement {
  static constexpr std::size_t kMaxPrefixes = 16;    ///< further ones are not looked at
  static constexpr std::size_t kMaxRoutes = 32;      ///< further ones are not looked at
  static constexpr std::size_t kMaxNameServers = 8;  ///< further ones are not looked at

  std::uint8_t hop_limit = 0;  ///< 0: not said
  RouterPreference preference = RouterPreference::medium;
  std::uint16_t lifetime = 0;  ///< seconds; 0: no default router
  std::optional<MacAddr> source_link_address{};
  std::optional<std::uint32_t> mtu{};
  std::vector<PrefixInformation> prefixes{};
  std::vector<RouteInformation> routes{};
  std::vector<AdvertisedNameServer> name_servers{};
  friend bool operator==(const RouterAdvertisement&, const RouterAdvertisement&) = default;

  /// Every rule of RFC 4861 6.1.2; ParseError::bad_value names any broken one. Options that
  /// contradict themselves are passed over.
  static Result<RouterAdvertisement, ParseError> parse(const Icmpv6& message,
                                                       const NdpContext& context);
  /// The whole ICMPv6 message: for tests, a host sends none.
  [[nodiscard]] std::vector<std::byte> build(const IpAddress& source,
                                             const IpAddress& destination) const;
};

struct RouterSolicitation {
  std::optional<MacAddr> source_link_address{};

  static constexpr std::size_t kMaxSize = 8 + 8;
  /// Writes the whole ICMPv6 message and returns its size. REQUIRES: out.size() >= kMaxSize.
  std::size_t emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const;
};

}  // namespace zsock::wire
