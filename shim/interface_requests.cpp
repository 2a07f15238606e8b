/// \file
/// ioctl() about interfaces, asked of a zsock socket (netdevice(7)).

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shim/interfaces.h"

namespace zsock::shim {
namespace {

/// The octets of ifr_addr and its like.
void put(const Octets& octets, ifreq& request) {
  const sockaddr_storage name = as_name(AF_INET, octets, 0);
  std::memcpy(&request.ifr_addr, &name, sizeof request.ifr_addr);
}

/// The descriptor, which is none of an internet socket, could not answer.
bool is_about_address(unsigned long what) {
  return what == SIOCGIFADDR || what == SIOCGIFNETMASK || what == SIOCGIFBRDADDR;
}

int answer_about_address(unsigned long what, const Interface& interface, ifreq& request) {
  const auto all = interface.all();
  const auto own =
      std::ranges::find_if(all, [](const OwnAddress& each) { return each.family == AF_INET; });
  if (own == all.end()) return EADDRNOTAVAIL;
  put(what == SIOCGIFNETMASK    ? own->mask()
      : what == SIOCGIFADDR     ? own->octets
      : interface.is_loopback() ? Octets{}
                                : own->broadcast(),
      request);
  return 0;
}

int answer_about(unsigned long what, const Interface& interface, ifreq& request) {
  switch (what) {
    case SIOCGIFINDEX:
      request.ifr_ifindex = static_cast<int>(interface.index);
      return 0;
    case SIOCGIFFLAGS:
      request.ifr_flags = static_cast<short>(interface.flags);
      return 0;
    case SIOCGIFMTU:
      request.ifr_mtu = interface.mtu;
      return 0;
    case SIOCGIFHWADDR:
      request.ifr_hwaddr = {};
      request.ifr_hwaddr.sa_family = interface.hardware;
      std::memcpy(request.ifr_hwaddr.sa_data, interface.mac.data(), interface.mac.size());
      return 0;
    default:
      return answer_about_address(what, interface, request);
  }
}

/// SIOCGIFCONF: an ifreq per IPv4 address, as far as there is room; without memory, how much it
/// would take.
int list_requests(const Interfaces& interfaces, ifconf& list) {
  if (list.ifc_buf != nullptr && list.ifc_len < 0) return EINVAL;
  const auto room = static_cast<std::size_t>(list.ifc_len) / sizeof(ifreq);
  std::size_t used = 0;
  for (const Interface& each : interfaces.all) {
    for (const OwnAddress& own : each.all()) {
      if (own.family != AF_INET || (list.ifc_buf != nullptr && used == room)) continue;
      if (list.ifc_buf != nullptr) {
        ifreq& request = list.ifc_req[used];
        request = {};
        copy_text(each.name.data(), request.ifr_name);
        put(own.octets, request);
      }
      ++used;
    }
  }
  list.ifc_len = static_cast<int>(used * sizeof(ifreq));
  return 0;
}

}  // namespace

bool asks_for_interfaces(unsigned long request) {
  constexpr std::array<unsigned long, 9> kAnswered{SIOCGIFNAME,   SIOCGIFINDEX,   SIOCGIFCONF,
                                                   SIOCGIFFLAGS,  SIOCGIFMTU,     SIOCGIFADDR,
                                                   SIOCGIFHWADDR, SIOCGIFNETMASK, SIOCGIFBRDADDR};
  return std::ranges::find(kAnswered, request) != kAnswered.end();
}

int answer_about_interfaces(unsigned long request, void* argument) {
  if (argument == nullptr) return EFAULT;
  Interfaces interfaces;
  const int error = read_interfaces(interfaces);
  if (error != 0) return error;
  if (request == SIOCGIFCONF) return list_requests(interfaces, *static_cast<ifconf*>(argument));
  auto& about = *static_cast<ifreq*>(argument);
  if (request == SIOCGIFNAME) {
    const Interface* found = interfaces.numbered(static_cast<unsigned>(about.ifr_ifindex));
    if (found == nullptr) return kAskKernel;
    copy_text(found->name.data(), about.ifr_name);
    return 0;
  }
  const std::size_t size = ::strnlen(about.ifr_name, sizeof about.ifr_name);
  const Interface* found = interfaces.named({about.ifr_name, size});
  if (found != nullptr) return answer_about(request, *found, about);
  return is_about_address(request) ? ENODEV : kAskKernel;
}

}  // namespace zsock::shim
