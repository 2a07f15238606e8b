#pragma once
/// \file
/// ICMP (RFC 792) and ICMPv6 (RFC 4443): echo, errors we report, errors reported to us.

#include "daemon/stack/net/egress.h"
#include "daemon/stack/net/mld.h"
#include "daemon/stack/net/ndp.h"
#include "daemon/stack/net/router_discovery.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"

namespace zsock::net {

/// How a packet came in, as far as ICMP asks.
struct Arrival {
  InterfaceId interface {};
  bool to_group = false;     ///< multicast or broadcast, at either layer
  bool reassembled = false;  ///< came in fragments
};

/// An error about a packet that came in.
struct Complaint {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;      ///< pointer
  bool even_to_group = false;  ///< RFC 4443 2.4(e.3): the exception for option types 10xxxxxx
};

inline constexpr std::uint8_t kProtocolUnreachableV4 = 2;     // RFC 792
inline constexpr std::uint8_t kPortUnreachableV4 = 3;         // RFC 792
inline constexpr std::uint8_t kPortUnreachableV6 = 4;         // RFC 4443 3.1
inline constexpr std::uint8_t kUnrecognizedNextHeaderV6 = 1;  // RFC 4443 3.4

class Icmp {
 public:
  Icmp(Core& core, Egress& egress, Ndp& ndp, Mld& mld, RouterDiscovery& discovery)
      : core_(core), egress_(egress), ndp_(ndp), mld_(mld), discovery_(discovery) {}

  Input receive_v4(const wire::Ipv4& packet, const Arrival& arrival, Instant now);
  Input receive_v6(const wire::Ipv6& packet, ByteView message, const Arrival& arrival, Instant now);

  /// Reports an error to the sender of `packet`, as far as the rules and limits allow.
  /// \param packet  the offending packet from its IP header on, perhaps cut off
  void complain(const Complaint& complaint, ByteView packet, const Arrival& arrival, Instant now);

 private:
  struct Sender {
    wire::IpAddress source{};       ///< of the offending packet
    wire::IpAddress destination{};  ///< of the offending packet
  };
  struct Message {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t rest = 0;
    ByteView payload{};
  };
  struct Reply {
    wire::IpAddress from{};  ///< unspecified: chosen by route
    wire::IpAddress to{};
    InterfaceId interface {};
    std::uint8_t traffic_class = 0;
  };
  void send(const Message& message, const Reply& reply, Instant now);
  void echo(const Message& request, const Reply& reply, Instant now);
  void receive_discovery(const wire::Ipv6& packet, const wire::Icmpv6& message,
                         const Arrival& arrival, Instant now);
  struct Report {
    wire::IpAddress reporter{};
    wire::IpAddress addressee{};
    InterfaceId interface {};
    Message message{};
  };
  Input take_error(const Report& report);
  static std::uint32_t info_of(wire::Family family, const Message& message);
  [[nodiscard]] std::optional<Sender> may_complain(const Complaint& complaint, ByteView packet,
                                                   const Arrival& arrival) const;
  [[nodiscard]] bool is_answerable(const wire::IpAddress& source, const Arrival& arrival) const;

  Core& core_;
  Egress& egress_;
  Ndp& ndp_;
  Mld& mld_;
  RouterDiscovery& discovery_;
};

}  // namespace zsock::net
