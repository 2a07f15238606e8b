#pragma once
/// \file
/// The stack's interfaces as Linux would show them: "lo", and zsockd's device.

#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace zsock::shim {

/// In network order; IPv4 in the first four.
using Octets = std::array<std::uint8_t, 16>;

/// An address of an interface.
struct OwnAddress {
  sa_family_t family = AF_UNSPEC;
  std::uint8_t prefix = 0;
  Octets octets{};

  [[nodiscard]] Octets mask() const;
  [[nodiscard]] Octets broadcast() const;
};

/// \param scope  of link-local addresses
sockaddr_storage as_name(sa_family_t family, const Octets& octets, unsigned scope);

struct Interface {
  std::array<char, IF_NAMESIZE> name{};
  unsigned index = 0;
  unsigned flags = 0;  ///< IFF_*
  int mtu = 0;
  unsigned short hardware = 0;  ///< ARPHRD_*
  std::array<std::uint8_t, 6> mac{};
  std::array<OwnAddress, 32> addresses{};
  std::size_t count = 0;

  [[nodiscard]] std::span<const OwnAddress> all() const {
    return std::span(addresses).first(count);
  }
  [[nodiscard]] bool is_loopback() const { return (flags & IFF_LOOPBACK) != 0; }
};

struct Interfaces {
  std::array<Interface, 2> all{};  ///< by index, from 1
  /// Nothing: null.
  [[nodiscard]] const Interface* named(std::string_view name) const;
  [[nodiscard]] const Interface* numbered(unsigned index) const;
};

/// \return 0; ENETDOWN: zsockd cannot be reached; kAskKernel: so it is, and the kernel may answer
int read_interfaces(Interfaces& interfaces);
inline constexpr int kAskKernel = -1;

/// Is it an SIOCGIF… request that is answered here?
bool asks_for_interfaces(unsigned long request);
/// \return 0, an errno, or kAskKernel: it is about an interface that the stack has not
int answer_about_interfaces(unsigned long request, void* argument);

/// Cuts what has no room.
void copy_text(std::string_view text, std::span<char> to);

}  // namespace zsock::shim
