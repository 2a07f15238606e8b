#pragma once
/// \file
/// The text of zs_interface(), line by line. Without memory of its own: the shim reads it as well.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace zsock::lib {

struct NetworkLine {
  enum class Kind : std::uint8_t { strange, interface, address, gateway } kind = Kind::strange;
  enum class State : std::uint8_t { usable, tentative, duplicate } state = State::usable;

  // An interface.
  std::string_view name{};
  int mtu = 0;
  std::optional<std::array<std::uint8_t, 6>> mac{};

  // An address or a gateway.
  bool ipv4 = false;
  std::array<std::uint8_t, 16> octets{};  ///< in network order; IPv4 in the first four
  std::uint8_t prefix = 0;
  [[nodiscard]] bool is_loopback() const;
};

/// The first line of the text, which loses it.
NetworkLine take_network_line(std::string_view& text);

}  // namespace zsock::lib
