#include "daemon/stack/dhcp/message.h"

#include <algorithm>
#include <bit>

namespace zsock::dhcp {
namespace {

using wire::Family;
using wire::IpAddress;
using wire::ParseError;

// RFC 2131 2: where the fields lie.
constexpr std::size_t kTransaction = 4;
constexpr std::size_t kSeconds = 8;
constexpr std::size_t kFlags = 10;
constexpr std::size_t kClientAddress = 12;
constexpr std::size_t kYourAddress = 16;
constexpr std::size_t kHardware = 28;
constexpr std::size_t kServerName = 44;
constexpr std::size_t kFile = 108;
constexpr std::size_t kCookie = 236;
constexpr std::size_t kOptions = 240;

constexpr std::uint8_t kRequest = 1;
constexpr std::uint8_t kReply = 2;
constexpr std::uint16_t kEthernet = 0x0106;  ///< hardware type and length
constexpr std::uint32_t kMagic = 0x63825363;
constexpr std::uint16_t kBroadcast = 0x8000;  ///< RFC 2131 4.1: we cannot take unicast yet

// RFC 2132, RFC 3442.
enum Code : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  routers = 3,
  domain_name_servers = 6,
  requested_address = 50,
  lease_time = 51,
  overload = 52,
  message_type = 53,
  server_identifier = 54,
  parameter_list = 55,
  renewal_time = 58,
  rebinding_time = 59,
  classless_routes = 121,
  end = 255
};

/// RFC 3396: the parts of an option count as one.
struct Option {
  std::uint8_t code = 0;
  std::vector<std::byte> value{};
};

class Options {
 public:
  /// False: the list leads out of its field.
  bool add(ByteView field) {
    while (!field.empty()) {
      const std::uint8_t code = load_u8(field, 0);
      if (code == Code::end) return true;
      if (code == Code::pad) {
        field = field.subspan(1);
        continue;
      }
      if (field.size() < 2 || field.size() - 2 < load_u8(field, 1)) return false;
      append(code, field.subspan(2, load_u8(field, 1)));
      field = field.subspan(std::size_t{2} + load_u8(field, 1));
    }
    return true;
  }
  [[nodiscard]] ByteView find(std::uint8_t code) const {
    const auto found = std::ranges::find(options_, code, &Option::code);
    return found == options_.end() ? ByteView{} : ByteView(found->value);
  }
  [[nodiscard]] std::optional<std::uint8_t> octet(std::uint8_t code) const {
    const ByteView value = find(code);
    return value.size() == 1 ? std::optional{load_u8(value, 0)} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint32_t> number(std::uint8_t code) const {
    const ByteView value = find(code);
    return value.size() == 4 ? std::optional{load_be32(value, 0)} : std::nullopt;
  }

 private:
  void append(std::uint8_t code, ByteView value) {
    auto found = std::ranges::find(options_, code, &Option::code);
    if (found == options_.end()) found = options_.insert(found, Option{.code = code});
    found->value.insert(found->value.end(), value.begin(), value.end());
  }
  std::vector<Option> options_;
};

std::optional<Options> options_of(ByteView message) {
  Options options;
  if (!options.add(message.subspan(kOptions))) return std::nullopt;
  // RFC 2132 9.3: options also where a file and a server name would stand.
  const std::uint8_t where = options.octet(Code::overload).value_or(0);
  if ((where & 1U) != 0 && !options.add(message.subspan(kFile, kCookie - kFile))) {
    return std::nullopt;
  }
  if ((where & 2U) != 0 && !options.add(message.subspan(kServerName, kFile - kServerName))) {
    return std::nullopt;
  }
  return options;
}

std::optional<IpAddress> unicast(const IpAddress& address) {
  const bool usable = !address.is_unspecified() && !address.is_multicast() &&
                      !address.is_loopback() && address.octets()[0] != 0 &&
                      address.octets()[0] < 240;
  return usable ? std::optional{address} : std::nullopt;
}

std::optional<std::uint8_t> prefix_length_of(const Options& options) {
  const auto mask = options.number(Code::subnet_mask);
  if (!mask) return std::nullopt;
  const int ones = std::countl_one(*mask);
  if (ones < 32 && (*mask << static_cast<unsigned>(ones)) != 0) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

/// RFC 3442; nothing when any of it is broken.
std::optional<std::vector<GatewayRoute>> classless(ByteView value) {
  std::vector<GatewayRoute> routes;
  while (!value.empty()) {
    const std::uint8_t width = load_u8(value, 0);
    const std::size_t significant = (std::size_t{width} + 7) / 8;
    if (width > 32 || value.size() < 1 + significant + 4) return std::nullopt;
    std::array<std::byte, 4> network{};
    copy_bytes(MutableBytes(network), value.subspan(1, significant));
    const GatewayRoute route{{IpAddress::load(Family::ipv4, network, 0), width},
                             IpAddress::load(Family::ipv4, value, 1 + significant)};
    value = value.subspan(1 + significant + 4);
    if (unicast(route.gateway) && routes.size() < Reply::kMaxRoutes) routes.push_back(route);
  }
  return routes;
}

/// RFC 3442: with classless routes the routers count for nothing.
std::vector<GatewayRoute> routes_of(const Options& options) {
  const ByteView value = options.find(Code::classless_routes);
  if (!value.empty()) {
    if (auto routes = classless(value)) return std::move(*routes);
  }
  const ByteView routers = options.find(Code::routers);
  if (routers.size() < 4) return {};
  const auto gateway = unicast(IpAddress::load(Family::ipv4, routers, 0));
  if (!gateway) return {};
  return {{{IpAddress::any(Family::ipv4), 0}, *gateway}};
}

std::vector<IpAddress> name_servers_of(const Options& options) {
  std::vector<IpAddress> servers;
  ByteView value = options.find(Code::domain_name_servers);
  for (; value.size() >= 4 && servers.size() < Reply::kMaxNameServers; value = value.subspan(4)) {
    if (const auto server = unicast(IpAddress::load(Family::ipv4, value, 0))) {
      servers.push_back(*server);
    }
  }
  return servers;
}

/// Writes one option of seven octets at most and moves on.
void put(MutableBytes out, std::size_t& at, std::uint8_t code, ByteView value) {
  store_u8(out, at, code);
  store_u8(out, at + 1, static_cast<std::uint8_t>(value.size()));
  copy_bytes(out.subspan(at + 2), value);
  at += 2 + value.size();
}

void put_address(MutableBytes out, std::size_t& at, std::uint8_t code, const IpAddress& address) {
  std::array<std::byte, 4> value{};
  address.store(value, 0);
  put(out, at, code, value);
}

}  // namespace

Result<Reply, wire::ParseError> Reply::parse(ByteView message) {
  if (message.size() < kOptions) return Err{ParseError::too_short};
  if (message.size() > kMaxSize) return Err{ParseError::bad_length};
  if (load_u8(message, 0) != kReply || load_be16(message, 1) != kEthernet ||
      load_be32(message, kCookie) != kMagic) {
    return Err{ParseError::unsupported};
  }
  const auto options = options_of(message);
  if (!options) return Err{ParseError::bad_option};
  const auto type = options->octet(Code::message_type);
  if (!type || *type < 1 || *type > 8) return Err{ParseError::bad_value};
  Reply reply{.type = static_cast<MessageType>(*type),
              .transaction = load_be32(message, kTransaction),
              .client = wire::MacAddr::load(message, kHardware),
              .address = IpAddress::load(Family::ipv4, message, kYourAddress),
              .prefix_length = prefix_length_of(*options),
              .routes = routes_of(*options),
              .name_servers = name_servers_of(*options),
              .lease = options->number(Code::lease_time),
              .renewal = options->number(Code::renewal_time),
              .rebinding = options->number(Code::rebinding_time)};
  if (const ByteView server = options->find(Code::server_identifier); server.size() == 4) {
    reply.server = unicast(IpAddress::load(Family::ipv4, server, 0));
  }
  const bool gives = reply.type == MessageType::offer || reply.type == MessageType::ack;
  if (gives && (!unicast(reply.address) || !reply.server)) return Err{ParseError::bad_value};
  return reply;
}

std::array<std::byte, Question::kSize> Question::emit() const {
  std::array<std::byte, kSize> bytes{};
  const MutableBytes out{bytes};
  store_u8(out, 0, kRequest);
  store_be16(out, 1, kEthernet);
  store_be32(out, kTransaction, transaction);
  store_be16(out, kSeconds, seconds);
  if (current.is_unspecified()) store_be16(out, kFlags, kBroadcast);
  current.store(out, kClientAddress);
  client.store(out, kHardware);
  store_be32(out, kCookie, kMagic);
  std::size_t at = kOptions;
  const std::array kind{static_cast<std::byte>(type)};
  put(out, at, Code::message_type, kind);
  if (requested) put_address(out, at, Code::requested_address, *requested);
  if (server) put_address(out, at, Code::server_identifier, *server);
  constexpr std::array kWanted{
      std::byte{Code::subnet_mask},        std::byte{Code::routers},
      std::byte{Code::lease_time},         std::byte{Code::renewal_time},
      std::byte{Code::rebinding_time},     std::byte{Code::classless_routes},
      std::byte{Code::domain_name_servers}};
  if (type != MessageType::decline)
    put(out, at, Code::parameter_list, kWanted);  // RFC 2131 table 5
  store_u8(out, at, Code::end);
  return bytes;
}

}  // namespace zsock::dhcp
