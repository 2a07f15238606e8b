#include "libzsock/zephyr/net/network.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <sstream>

namespace zsock::zephyr {
namespace {

Own::State state_from(std::string_view word) {
  if (word == "tentative") return Own::State::tentative;
  return word == "duplicate" ? Own::State::duplicate : Own::State::usable;
}

bool parse_address(const std::string& text, Own& own) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  if (slash != std::string::npos) own.prefix = std::atoi(text.c_str() + slash + 1);
  own.ipv4 = address.find(':') == std::string::npos;
  const auto family = static_cast<net_sa_family_t>(own.ipv4 ? NET_AF_INET : NET_AF_INET6);
  return zsock_inet_pton(family, address.c_str(), &own.octets) == 1;
}

bool is_loopback(const Own& own) {
  if (own.ipv4) return own.octets.s6_addr[0] == 127;
  return net_ipv6_is_addr_loopback(const_cast<net_in6_addr*>(&own.octets));
}

void take_interface(std::istringstream& words, Network& network) {
  std::string word;
  unsigned int mtu = 0;
  std::string mac;
  words >> network.name >> word >> mtu >> word >> mac;
  network.mtu = static_cast<std::uint16_t>(mtu);
  unsigned int o[6] = {};
  if (std::sscanf(mac.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &o[0], &o[1], &o[2], &o[3], &o[4],
                  &o[5]) != 6) {
    return;
  }
  network.link.type = NET_LINK_ETHERNET;
  network.link.len = 6;
  std::transform(std::begin(o), std::end(o), network.link.addr,
                 [](unsigned int octet) { return static_cast<std::uint8_t>(octet); });
}

void take_line(const std::string& line, Network& network) {
  std::istringstream words(line);
  std::string kind;
  std::string address;
  std::string state;
  words >> kind;
  if (kind == "interface") return take_interface(words, network);
  words >> address >> state;
  Own own;
  if (!parse_address(address, own)) return;
  own.state = state_from(state);
  if (kind == "address" && !is_loopback(own)) network.addresses.push_back(own);
  if (kind == "gateway" && own.ipv4) std::memcpy(&network.gateway, &own.octets, 4);
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
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) take_line(line, network);
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
