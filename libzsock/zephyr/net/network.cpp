#include "libzsock/zephyr/net/network.h"

#include <algorithm>
#include <cstring>

#include "libzsock/network_text.h"

namespace zsock::zephyr {
namespace {

Own::State state_from(lib::NetworkLine::State state) {
  if (state == lib::NetworkLine::State::tentative) return Own::State::tentative;
  return state == lib::NetworkLine::State::duplicate ? Own::State::duplicate : Own::State::usable;
}

void take_interface(const lib::NetworkLine& line, Network& network) {
  network.name = line.name;
  network.mtu = static_cast<std::uint16_t>(line.mtu);
  if (!line.mac) return;
  network.link.type = NET_LINK_ETHERNET;
  network.link.len = static_cast<std::uint8_t>(line.mac->size());
  std::copy(line.mac->begin(), line.mac->end(), network.link.addr);
}

void take_line(const lib::NetworkLine& line, Network& network) {
  using Kind = lib::NetworkLine::Kind;
  if (line.kind == Kind::interface) return take_interface(line, network);
  if (line.kind == Kind::strange) return;
  Own own;
  own.ipv4 = line.ipv4;
  std::memcpy(&own.octets, line.octets.data(), line.octets.size());
  own.prefix = line.prefix;
  own.state = state_from(line.state);
  if (line.kind == Kind::address && !line.is_loopback()) network.addresses.push_back(own);
  if (line.kind == Kind::gateway && own.ipv4) std::memcpy(&network.gateway, &own.octets, 4);
}

const Own* find(const Network& network, const Own& wanted) {
  const auto found = std::find_if(network.addresses.begin(), network.addresses.end(),
                                  [&wanted](const Own& own) { return own.same_address(wanted); });
  return found != network.addresses.end() ? &*found : nullptr;
}

Happening about(std::uint64_t event, const Own& own) {
  return {.event = event, .about = own, .info_size = own.info_size()};
}

void add_address_changes(const Network& before, const Network& after,
                         std::vector<Happening>& happened) {
  for (const Own& own : before.addresses) {
    if (find(after, own) != nullptr) continue;
    happened.push_back(about(own.ipv4 ? NET_EVENT_IPV4_ADDR_DEL : NET_EVENT_IPV6_ADDR_DEL, own));
  }
  for (const Own& own : after.addresses) {
    const Own* const known = find(before, own);
    if (known == nullptr) {
      happened.push_back(about(own.ipv4 ? NET_EVENT_IPV4_ADDR_ADD : NET_EVENT_IPV6_ADDR_ADD, own));
    }
    if (own.ipv4 || (known != nullptr && known->state == own.state)) continue;
    if (own.state == Own::State::usable) happened.push_back(about(NET_EVENT_IPV6_DAD_SUCCEED, own));
    if (own.state == Own::State::duplicate) {
      happened.push_back(about(NET_EVENT_IPV6_DAD_FAILED, own));
    }
  }
}

/// Connected, by any family and by each.
struct Connection {
  bool ipv4;
  bool ipv6;
  Connection(const Network& network, bool ignored)
      : ipv4(!ignored && network.has_usable(true)), ipv6(!ignored && network.has_usable(false)) {}
  [[nodiscard]] bool any() const { return ipv4 || ipv6; }
};

std::uint64_t event_of(bool now, std::uint64_t connected, std::uint64_t disconnected) {
  return now ? connected : disconnected;
}

}  // namespace

bool Own::same_address(const Own& other) const {
  return ipv4 == other.ipv4 && std::memcmp(&octets, &other.octets, info_size()) == 0;
}

bool Network::has_usable(bool ipv4) const {
  return std::any_of(addresses.begin(), addresses.end(), [ipv4](const Own& own) {
    return own.ipv4 == ipv4 && own.state == Own::State::usable;
  });
}

Network parse_network(std::string_view text) {
  Network network{.up = true};
  while (!text.empty()) take_line(lib::take_network_line(text), network);
  return network;
}

std::vector<Happening> changes(const Network& before, const Network& after, bool was_ignored,
                               bool ignored) {
  std::vector<Happening> happened;
  if (!before.up && after.up) happened.push_back({.event = NET_EVENT_IF_UP});
  add_address_changes(before, after, happened);
  const Connection was(before, was_ignored);
  const Connection is(after, ignored);
  const auto add = [&happened](bool then, bool now, std::uint64_t event) {
    if (then != now) happened.push_back({.event = event});
  };
  add(was.ipv4, is.ipv4,
      event_of(is.ipv4, NET_EVENT_L4_IPV4_CONNECTED, NET_EVENT_L4_IPV4_DISCONNECTED));
  add(was.ipv6, is.ipv6,
      event_of(is.ipv6, NET_EVENT_L4_IPV6_CONNECTED, NET_EVENT_L4_IPV6_DISCONNECTED));
  add(was.any(), is.any(), event_of(is.any(), NET_EVENT_L4_CONNECTED, NET_EVENT_L4_DISCONNECTED));
  if (before.up && !after.up) happened.push_back({.event = NET_EVENT_IF_DOWN});
  return happened;
}

std::vector<Happening> connection_status(const Network& network, bool ignored) {
  const Connection is(network, ignored);
  return {{.event = event_of(is.ipv4, NET_EVENT_L4_IPV4_CONNECTED, NET_EVENT_L4_IPV4_DISCONNECTED)},
          {.event = event_of(is.ipv6, NET_EVENT_L4_IPV6_CONNECTED, NET_EVENT_L4_IPV6_DISCONNECTED)},
          {.event = event_of(is.any(), NET_EVENT_L4_CONNECTED, NET_EVENT_L4_DISCONNECTED)}};
}

}  // namespace zsock::zephyr
