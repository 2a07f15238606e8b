#include "libzsock/network_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace zsock::lib {
namespace {

/// What comes before `end`; the text loses both.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

/// "02:00:00:00:00:01"
std::optional<std::array<std::uint8_t, 6>> mac_of(std::string_view text) {
  std::array<std::uint8_t, 6> mac{};
  for (std::uint8_t& octet : mac) {
    const auto value = number<std::uint8_t>(take_until(text, ':'), 16);
    if (!value) return std::nullopt;
    octet = *value;
  }
  return mac;
}

/// "zs0 mtu 1500 mac 02:00:00:00:00:01"
void read_interface(std::string_view rest, NetworkLine& line) {
  line.name = take_until(rest, ' ');
  if (!line.name.empty()) line.kind = NetworkLine::Kind::interface;
  while (!rest.empty()) {
    const std::string_view key = take_until(rest, ' ');
    const std::string_view value = take_until(rest, ' ');
    if (key == "mtu") line.mtu = number<int>(value).value_or(0);
    if (key == "mac") line.mac = mac_of(value);
  }
}

/// "192.0.2.1/24 tentative"; a gateway has no prefix.
void read_address(NetworkLine::Kind kind, std::string_view rest, NetworkLine& line) {
  std::string_view with_prefix = take_until(rest, ' ');
  const std::string_view address = take_until(with_prefix, '/');
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (address.size() >= name.size()) return;
  std::ranges::copy(address, name.begin());
  line.ipv4 = address.find(':') == std::string_view::npos;
  if (::inet_pton(line.ipv4 ? AF_INET : AF_INET6, name.data(), line.octets.data()) != 1) return;
  line.kind = kind;
  line.prefix = number<std::uint8_t>(with_prefix).value_or(0);
  const std::string_view state = take_until(rest, ' ');
  if (state == "tentative") line.state = NetworkLine::State::tentative;
  if (state == "duplicate") line.state = NetworkLine::State::duplicate;
}

}  // namespace

bool NetworkLine::is_loopback() const {
  if (ipv4) return octets[0] == 127;
  in6_addr address{};
  std::memcpy(&address, octets.data(), octets.size());
  return IN6_IS_ADDR_LOOPBACK(&address);
}

NetworkLine take_network_line(std::string_view& text) {
  NetworkLine line;
  std::string_view rest = take_until(text, '\n');
  const std::string_view what = take_until(rest, ' ');
  if (what == "interface") read_interface(rest, line);
  if (what == "address") read_address(NetworkLine::Kind::address, rest, line);
  if (what == "gateway") read_address(NetworkLine::Kind::gateway, rest, line);
  return line;
}

}  // namespace zsock::lib
