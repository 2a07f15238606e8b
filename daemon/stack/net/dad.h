#pragma once
/// \file
/// Duplicate address detection (RFC 4862 5.4), told apart from its own echo by a nonce (RFC 7527).

#include "daemon/stack/net/egress.h"
#include "daemon/stack/net/mld.h"
#include "daemon/stack/wire/ndp.h"

namespace zsock::net {

class Dad {
 public:
  Dad(Core& core, Egress& egress, Mld& mld) : core_(core), egress_(egress), mld_(mld) {}

  /// Adds an IPv6 address: its solicited-node group is joined and reported before the first probe
  /// goes out (RFC 4862 5.4.2, RFC 8504 5.4); without tests to do it is valid at once. False: it
  /// exists already.
  bool add(InterfaceId interface, const wire::Cidr& address, Instant now);
  /// Takes an address of the interface away, if it has it.
  void remove(InterfaceId interface, const wire::IpAddress& address, Instant now);
  /// True: the solicitation was about an address under test, and needs no answer.
  bool on_solicitation(InterfaceId in, const wire::NeighborSolicitation& question,
                       const wire::IpAddress& asker, Instant now);
  /// True: the advertisement was about an address under test.
  bool on_advertisement(InterfaceId in, const wire::IpAddress& target);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

 private:
  void start(OwnAddress& address, Instant now);
  [[nodiscard]] OwnAddress* under_test(InterfaceId in, const wire::IpAddress& target);
  void probe(OwnAddress& address, Instant now);
  void succeed(OwnAddress& address, Instant now);
  void fail(OwnAddress& address);

  Core& core_;
  Egress& egress_;
  Mld& mld_;
};

}  // namespace zsock::net
