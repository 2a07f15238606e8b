#pragma once
/// \file
/// Neighbour Discovery (RFC 4861 7): solicitations and advertisements, and what they mean for
/// addresses of ours that are still under test (RFC 4862 5.4).

#include "daemon/stack/net/dad.h"
#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/ndp.h"

namespace zsock::net {

class Ndp {
 public:
  Ndp(Core& core, Egress& egress, Dad& dad) : core_(core), egress_(egress), dad_(dad) {}

  void on_solicitation(InterfaceId in, const wire::Icmpv6& message, const wire::NdpContext& context,
                       Instant now);
  void on_advertisement(InterfaceId in, const wire::Icmpv6& message,
                        const wire::NdpContext& context, Instant now);
  /// Asks what the neighbour cache wants to know.
  void ask(const Solicitation& question);

 private:
  void answer(InterfaceId out, const wire::NeighborSolicitation& question,
              const wire::IpAddress& asker, Instant now);

  Core& core_;
  Egress& egress_;
  Dad& dad_;
};

/// Sends a solicitation that the interface's own groups and addresses stand behind.
void send_solicitation(Egress& egress, InterfaceId out, const wire::NeighborSolicitation& message,
                       const wire::IpAddress& source, const std::optional<wire::MacAddr>& to);

}  // namespace zsock::net
