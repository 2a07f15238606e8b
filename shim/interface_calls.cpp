/// \file
/// getifaddrs(), if_nameindex() and their kind: the C library's would ask AF_NETLINK, the kernel.
/// freeifaddrs() and if_freenameindex() stay the C library's: the lists have its form.

#include <ifaddrs.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "shim/interfaces.h"
#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// One element of the list and what it points to.
struct Element {
  ifaddrs entry;
  std::array<char, IF_NAMESIZE> name;
  sockaddr_storage address;
  sockaddr_storage mask;
  sockaddr_storage broadcast;
};

sockaddr* as_address(sockaddr_storage& storage) {
  return static_cast<sockaddr*>(static_cast<void*>(&storage));
}

sockaddr_storage as_link(const Interface& interface, const std::array<std::uint8_t, 6>& octets) {
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(interface.index);
  link.sll_hatype = interface.hardware;
  link.sll_halen = sizeof octets;
  std::memcpy(link.sll_addr, octets.data(), octets.size());
  sockaddr_storage name{};
  std::memcpy(&name, &link, sizeof link);
  return name;
}

/// Fills one after the other, in one piece of memory: freeifaddrs() is one free().
class List {
 public:
  explicit List(Element* elements) : elements_(elements) {}

  void add_link(const Interface& interface) {
    Element& element = add(interface);
    element.address = as_link(interface, interface.mac);
    std::array<std::uint8_t, 6> everybody{};
    if (!interface.is_loopback()) everybody.fill(0xff);
    element.broadcast = as_link(interface, everybody);
    element.entry.ifa_broadaddr = as_address(element.broadcast);
  }

  void add_address(const Interface& interface, const OwnAddress& own) {
    Element& element = add(interface);
    element.address = as_name(own.family, own.octets, interface.index);
    element.mask = as_name(own.family, own.mask(), 0);
    element.entry.ifa_netmask = as_address(element.mask);
    if (own.family != AF_INET) return;
    element.broadcast = as_name(AF_INET, interface.is_loopback() ? own.octets : own.broadcast(), 0);
    element.entry.ifa_broadaddr = as_address(element.broadcast);
  }

 private:
  Element& add(const Interface& interface) {
    Element& element = elements_[used_];
    if (used_ > 0) elements_[used_ - 1].entry.ifa_next = &element.entry;
    ++used_;
    element.name = interface.name;
    element.entry.ifa_name = element.name.data();
    element.entry.ifa_flags = interface.flags;
    element.entry.ifa_addr = as_address(element.address);
    return element;
  }

  Element* elements_;
  std::size_t used_ = 0;
};

/// In the order of the C library. \return 0 or ENOMEM
int list_addresses(const Interfaces& interfaces, ifaddrs** list) {
  std::size_t count = 0;
  for (const Interface& each : interfaces.all) count += 1 + each.count;
  auto* elements = static_cast<Element*>(std::calloc(count, sizeof(Element)));
  if (elements == nullptr) return ENOMEM;
  List filling(elements);
  for (const Interface& each : interfaces.all) filling.add_link(each);
  for (const int family : {AF_INET, AF_INET6}) {
    for (const Interface& each : interfaces.all) {
      for (const OwnAddress& own : each.all()) {
        if (own.family == family) filling.add_address(each, own);
      }
    }
  }
  *list = &elements->entry;
  return 0;
}

/// \return 0, an errno or kAskKernel
int read_named(const char* name, unsigned& index) {
  Interfaces interfaces;
  const int error = read_interfaces(interfaces);
  if (error != 0) return error;
  const Interface* found = interfaces.named(name);
  if (found == nullptr) return ENODEV;
  index = found->index;
  return 0;
}

/// The last is empty. \return null: no memory
struct if_nameindex* list_names(const Interfaces& interfaces) {
  auto* const list = static_cast<struct if_nameindex*>(
      std::calloc(interfaces.all.size() + 1, sizeof(struct if_nameindex)));
  if (list == nullptr) return nullptr;
  struct if_nameindex* next_free = list;
  for (const Interface& each : interfaces.all) {
    next_free->if_index = each.index;
    next_free->if_name = ::strdup(each.name.data());
    if (next_free->if_name == nullptr) {
      ::if_freenameindex(list);
      return nullptr;
    }
    ++next_free;
  }
  return list;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int getifaddrs(ifaddrs** list) noexcept {
  Interfaces interfaces;
  int error = read_interfaces(interfaces);
  if (error == kAskKernel) return next.getifaddrs(list);
  if (error == 0) error = list_addresses(interfaces, list);
  if (error == 0) return traced("getifaddrs", -1, 0);
  errno = error;
  return traced("getifaddrs", -1, -1);
}

struct if_nameindex* if_nameindex() noexcept {
  Interfaces interfaces;
  const int error = read_interfaces(interfaces);
  if (error == kAskKernel) return next.if_nameindex();
  struct if_nameindex* list = error == 0 ? list_names(interfaces) : nullptr;
  if (list == nullptr) errno = error != 0 ? error : ENOBUFS;
  return list;
}

unsigned if_nametoindex(const char* name) noexcept {
  unsigned index = 0;
  const int error = read_named(name, index);
  if (error == kAskKernel) return next.if_nametoindex(name);
  if (error != 0) errno = error;
  return traced("if_nametoindex", -1, index);
}

char* if_indextoname(unsigned index, char* name) noexcept {
  Interfaces interfaces;
  const int error = read_interfaces(interfaces);
  if (error == kAskKernel) return next.if_indextoname(index, name);
  const Interface* found = error == 0 ? interfaces.numbered(index) : nullptr;
  if (found == nullptr) {
    errno = error != 0 ? error : ENXIO;
    return nullptr;
  }
  return std::strcpy(name, found->name.data());
}

}  // extern "C"
#pragma GCC visibility pop
