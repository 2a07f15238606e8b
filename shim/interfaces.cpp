#include "shim/interfaces.h"

#include <arpa/inet.h>
#include <net/if_arp.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "shim/policy.h"
#include "zsock/zsock.h"

namespace zsock::shim {
namespace {

constexpr unsigned kDevice = 1;    ///< zsockd's number for it, in IP_PKTINFO for instance
constexpr unsigned kLoopback = 2;  ///< only here: it needs one
constexpr int kLoopbackMtu = 65536;

std::string_view next_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

template <class Number>
Number number(std::string_view text, int base = 10) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// "02:00:00:00:00:01"
void read_mac(std::string_view text, std::array<std::uint8_t, 6>& mac) {
  for (std::uint8_t& octet : mac) {
    octet = number<std::uint8_t>(text.substr(0, 2), 16);
    text.remove_prefix(std::min<std::size_t>(3, text.size()));
  }
}

/// "192.0.2.1/24"
void add_address(std::string_view text, Interface& interface) {
  const std::size_t slash = text.find('/');
  if (interface.count == interface.addresses.size() || slash == std::string_view::npos) return;
  OwnAddress& own = interface.addresses[interface.count];
  std::array<char, INET6_ADDRSTRLEN> name{};
  copy_text(text.substr(0, slash), name);
  own.family = text.find(':') < slash ? AF_INET6 : AF_INET;
  if (::inet_pton(own.family, name.data(), own.octets.data()) != 1) return;
  own.prefix = number<std::uint8_t>(text.substr(slash + 1));
  ++interface.count;
}

/// A line of zs_interface().
void read_line(std::string_view line, Interface& device) {
  const std::string_view what = next_word(line);
  const std::string_view subject = next_word(line);
  const bool own = !subject.starts_with("127.") && subject != "::1/128";
  if (what == "address" && own && next_word(line) != "duplicate") add_address(subject, device);
  if (what != "interface") return;
  copy_text(subject, device.name);
  while (!line.empty()) {
    const std::string_view key = next_word(line);
    const std::string_view value = next_word(line);
    if (key == "mtu") device.mtu = number<int>(value);
    if (key == "mac") read_mac(value, device.mac);
  }
}

void set_loopback(Interface& loopback) {
  loopback.index = kLoopback;
  loopback.flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  loopback.mtu = kLoopbackMtu;
  loopback.hardware = ARPHRD_LOOPBACK;
  copy_text("lo", loopback.name);
  add_address("127.0.0.1/8", loopback);
  add_address("::1/128", loopback);
}

}  // namespace

void copy_text(std::string_view text, std::span<char> to) {
  const std::size_t size = std::min(text.size(), to.size() - 1);
  std::copy_n(text.begin(), size, to.begin());
  to[size] = '\0';
}

Octets OwnAddress::mask() const {
  Octets mask{};
  for (unsigned bit = 0; bit < prefix && bit < 128; ++bit) {
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | (0x80U >> (bit % 8)));
  }
  return mask;
}

Octets OwnAddress::broadcast() const {
  Octets all = octets;
  const Octets network = mask();
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::uint8_t>(all[i] | ~network[i]);
  }
  return all;
}

sockaddr_storage as_name(sa_family_t family, const Octets& octets, unsigned scope) {
  sockaddr_storage name{};
  if (family == AF_INET) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    std::memcpy(&ipv4.sin_addr, octets.data(), sizeof ipv4.sin_addr);
    std::memcpy(&name, &ipv4, sizeof ipv4);
  } else {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    std::memcpy(&ipv6.sin6_addr, octets.data(), sizeof ipv6.sin6_addr);
    ipv6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr) ? scope : 0;
    std::memcpy(&name, &ipv6, sizeof ipv6);
  }
  return name;
}

const Interface* Interfaces::named(std::string_view name) const {
  const auto* found =
      std::ranges::find_if(all, [name](const Interface& each) { return each.name.data() == name; });
  return found == all.end() ? nullptr : found;
}

const Interface* Interfaces::numbered(unsigned index) const {
  return index == 0 || index > all.size() ? nullptr : &all[index - 1];
}

int read_interfaces(Interfaces& interfaces) {
  std::array<char, 8192> text{};
  if (::zs_interface(text.data(), text.size()) < 0) {
    return falls_back_to_kernel() ? kAskKernel : errno;
  }
  Interface& device = interfaces.all[kDevice - 1];
  device.index = kDevice;
  device.flags = IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST;
  device.hardware = ARPHRD_ETHER;
  std::string_view rest(text.data());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    read_line(rest.substr(0, end), device);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  set_loopback(interfaces.all[kLoopback - 1]);
  return 0;
}

}  // namespace zsock::shim
