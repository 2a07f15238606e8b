#pragma once
/// \file
/// DHCP messages (RFC 2131 2, RFC 2132; long options RFC 3396, classless routes RFC 3442).

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::dhcp {

inline constexpr std::uint16_t kServerPort = 67;  // RFC 2131 4.1
inline constexpr std::uint16_t kClientPort = 68;  // RFC 2131 4.1
inline constexpr std::uint32_t kForever = 0xffff'ffff;

enum class MessageType : std::uint8_t {
  discover = 1,
  offer = 2,
  request = 3,
  decline = 4,
  ack = 5,
  nak = 6,
  release = 7,
  inform = 8
};

struct GatewayRoute {
  wire::Cidr destination{};
  wire::IpAddress gateway{};
  friend bool operator==(const GatewayRoute&, const GatewayRoute&) = default;
};

/// What a server says.
struct Reply {
  static constexpr std::size_t kMaxRoutes = 32;      ///< further ones are not looked at
  static constexpr std::size_t kMaxNameServers = 3;  ///< likewise
  /// RFC 2131 2: 576 octets of packet is what we must take, as we do not ask for more; some servers
  /// fill a frame.
  static constexpr std::size_t kMaxSize = 1500;

  MessageType type = MessageType::offer;
  std::uint32_t transaction = 0;
  wire::MacAddr client{};
  wire::IpAddress address{};                ///< yiaddr
  std::optional<wire::IpAddress> server{};  ///< option 54
  std::optional<std::uint8_t> prefix_length{};
  std::vector<GatewayRoute> routes{};           ///< option 121, or else the first router as default
  std::vector<wire::IpAddress> name_servers{};  ///< option 6
  std::optional<std::uint32_t> lease{};         ///< seconds
  std::optional<std::uint32_t> renewal{};       ///< T1, seconds
  std::optional<std::uint32_t> rebinding{};     ///< T2, seconds

  /// Options that are broken alone are passed over; a broken list spoils the message.
  static Result<Reply, wire::ParseError> parse(ByteView message);
};

/// What we say.
struct Question {
  MessageType type = MessageType::discover;
  std::uint32_t transaction = 0;
  std::uint16_t seconds = 0;  ///< since we began to ask
  wire::MacAddr client{};
  wire::IpAddress current{};                   ///< ciaddr: an address in use
  std::optional<wire::IpAddress> requested{};  ///< option 50
  std::optional<wire::IpAddress> server{};     ///< option 54

  static constexpr std::size_t kSize = 300;  ///< RFC 1542 2.1: relays drop shorter ones
  [[nodiscard]] std::array<std::byte, kSize> emit() const;
};

}  // namespace zsock::dhcp
