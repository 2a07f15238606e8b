#pragma once
/// \file
/// Our own addresses, on which interface, in which state; and which of them speaks to a given
/// destination (RFC 1122 3.3.4.3, RFC 6724 5).

#include <array>
#include <optional>
#include <vector>

#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

enum class AddressState : std::uint8_t { tentative, valid, duplicate };

struct OwnAddress {
  InterfaceId interface {};
  wire::Cidr cidr{};
  AddressState state = AddressState::valid;
  bool deprecated = false;  ///< RFC 4862 5.5.4: not for new conversations, if there is another

  // Duplicate address detection, while tentative (RFC 4862 5.4, RFC 5227 2.1).
  std::uint32_t probes_left = 0;
  Instant deadline{};                    ///< next probe or announcement, or the end
  std::uint32_t announcements_left = 0;  ///< RFC 5227 2.3
  Instant defended_at{};                 ///< RFC 5227 2.4; the epoch: never
  std::array<std::uint8_t, 6> nonce{};
  std::uint32_t loops = 0;  ///< own probes that came back (RFC 7527)
};

class Addresses {
 public:
  /// Null when the address exists already, on whatever interface.
  OwnAddress* add(const OwnAddress& address);
  void remove(const wire::IpAddress& address);
  [[nodiscard]] OwnAddress* find(const wire::IpAddress& address);
  [[nodiscard]] const OwnAddress* find(const wire::IpAddress& address) const;
  /// Usable as source and destination.
  [[nodiscard]] bool is_valid(const wire::IpAddress& address) const;
  [[nodiscard]] bool is_valid_on(InterfaceId interface, const wire::IpAddress& address) const;
  /// The limited broadcast, or the directed one of a prefix on `interface` (nothing: on any).
  [[nodiscard]] bool is_broadcast(const wire::IpAddress& address,
                                  std::optional<InterfaceId> interface = std::nullopt) const;
  /// The interface whose directed broadcast address this is.
  [[nodiscard]] std::optional<InterfaceId> broadcast_interface(
      const wire::IpAddress& address) const;
  /// The source for `destination` over interface `out`; nothing when there is none of its family.
  [[nodiscard]] std::optional<wire::IpAddress> choose_source(
      InterfaceId out, const wire::IpAddress& destination) const;
  /// The valid link-local IPv6 address of an interface.
  [[nodiscard]] std::optional<wire::IpAddress> link_local(InterfaceId interface) const;

  [[nodiscard]] std::vector<OwnAddress>& all() { return addresses_; }
  [[nodiscard]] const std::vector<OwnAddress>& all() const { return addresses_; }

 private:
  std::vector<OwnAddress> addresses_;
};

}  // namespace zsock::net
