#pragma once
/// \file
/// What zsockd says of the network (zs_interface()), as a value; and what has changed from one to
/// the next.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libzsock/zephyr/native.h"

#include <zephyr/net/net_event.h>
#include <zephyr/net/net_if.h>

namespace zsock::zephyr {

/// An address of zsockd's.
struct Own {
  bool ipv4 = false;
  net_in6_addr octets{};  ///< IPv4 in the first four
  int prefix = 0;
  enum class State : std::uint8_t { usable, tentative, duplicate } state = State::usable;

  [[nodiscard]] bool same_address(const Own& other) const;
  [[nodiscard]] const void* info() const { return &octets; }
  [[nodiscard]] std::size_t info_size() const { return ipv4 ? 4 : 16; }
};

struct Network {
  bool up = false;
  std::string name{};
  std::uint16_t mtu = 0;
  net_linkaddr link{};
  std::vector<Own> addresses{};  ///< none of the loopback
  net_in_addr gateway{};

  [[nodiscard]] bool has_usable(bool ipv4) const;
};

/// What zs_interface() says; lines that are strange are left out.
Network parse_network(std::string_view text);

/// Something that has happened.
struct Happening {
  std::uint64_t event = 0;
  Own about{};
  std::size_t info_size = 0;  ///< octets of `about` that the handlers get
};

/// In the order in which handlers want to know. \param ignored  conn_mgr_ignore_iface(), then, now
std::vector<Happening> changes(const Network& before, const Network& after, bool was_ignored,
                               bool ignored);
/// The L4 events of what is now.
std::vector<Happening> connection_status(const Network& network, bool ignored);

}  // namespace zsock::zephyr
