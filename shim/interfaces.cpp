#include "shim/interfaces.h"

#include <net/if_arp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libzsock/network_text.h"
#include "shim/policy.h"
#include "zsock/zsock.h"

namespace zsock::shim {
namespace {

constexpr unsigned kDevice = 1;    ///< zsockd's number for it, in IP_PKTINFO for instance
constexpr unsigned kLoopback = 2;  ///< only here: it needs one
constexpr int kLoopbackMtu = 65536;

void add_address(const lib::NetworkLine& line, Interface& interface) {
  if (interface.count == interface.addresses.size()) return;
  const sa_family_t family = line.ipv4 ? AF_INET : AF_INET6;
  interface.addresses[interface.count++] = {family, line.prefix, line.octets};
}

void take_line(const lib::NetworkLine& line, Interface& device) {
  using Kind = lib::NetworkLine::Kind;
  if (line.kind == Kind::interface) {
    copy_text(line.name, device.name);
    device.mtu = line.mtu;
    device.mac = line.mac.value_or(device.mac);
  }
  const bool usable = line.state != lib::NetworkLine::State::duplicate;
  if (line.kind == Kind::address && usable && !line.is_loopback()) add_address(line, device);
}

void set_loopback(Interface& loopback) {
  loopback.index = kLoopback;
  loopback.flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  loopback.mtu = kLoopbackMtu;
  loopback.hardware = ARPHRD_LOOPBACK;
  copy_text("lo", loopback.name);
  std::string_view own = "address 127.0.0.1/8\naddress ::1/128";
  while (!own.empty()) add_address(lib::take_network_line(own), loopback);
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
  while (!rest.empty()) take_line(lib::take_network_line(rest), device);
  set_loopback(interfaces.all[kLoopback - 1]);
  return 0;
}

}  // namespace zsock::shim
