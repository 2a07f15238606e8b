#include "daemon/stack/net/arp.h"

#include <utility>

namespace zsock::net {

void Arp::receive(InterfaceId in, ByteView bytes, Instant now) {
  ++core_.counters.arp_in;
  const auto message = wire::Arp::parse(bytes);
  if (!message) {
    ++core_.counters.drop_arp_malformed;
    return;
  }
  if (is_spoofed(in, *message)) {
    ++core_.counters.drop_arp_spoofed;
    return;
  }
  if (acd_.receive(in, *message, now)) return;
  if (!message->sender_ip.is_unspecified()) learn(in, *message, now);  // else an RFC 5227 probe
  const bool asks_us = message->operation == wire::Arp::Operation::request &&
                       core_.addresses.is_valid_on(in, message->target_ip);
  if (!asks_us) return;
  egress_.send_arp(in,
                   {.operation = wire::Arp::Operation::reply,
                    .sender_mac = core_.at(in).config.mac,
                    .sender_ip = message->target_ip,
                    .target_mac = message->sender_mac,
                    .target_ip = message->sender_ip},
                   message->sender_mac);
}

/// Senders that cannot be, or that are us: nothing of it is believed.
bool Arp::is_spoofed(InterfaceId in, const wire::Arp& message) const {
  const wire::MacAddr& mac = message.sender_mac;
  const wire::IpAddress& ip = message.sender_ip;
  if (mac.is_unspecified() || mac.is_multicast() || mac == core_.at(in).config.mac) return true;
  return ip.is_multicast() || ip.is_loopback() || core_.addresses.is_broadcast(ip);
}

/// RFC 826: a known sender is updated by whatever it says; an unknown one is entered only when it
/// asks for us, for then we shall answer and probably talk.
void Arp::learn(InterfaceId in, const wire::Arp& message, Instant now) {
  const ScopedAddress sender{in, message.sender_ip};
  const bool for_us = core_.addresses.is_valid_on(in, message.target_ip);
  const std::optional<NeighborState> state = core_.neighbors.state(sender, now);
  const bool asked = state == NeighborState::incomplete || state == NeighborState::delay ||
                     state == NeighborState::probe;
  PacketList released;
  if (message.operation == wire::Arp::Operation::reply && for_us && asked) {
    const Advertisement said{.mac = message.sender_mac, .solicited = true, .override_entry = true};
    released = core_.neighbors.advertised(sender, said, now);
  } else {
    const bool may_create = for_us && message.operation == wire::Arp::Operation::request;
    released =
        core_.neighbors.heard(sender, message.sender_mac,
                              may_create ? Neighbors::Create::yes : Neighbors::Create::no, now);
  }
  egress_.release(sender, std::move(released), now);
}

void Arp::ask(const Solicitation& question) {
  const InterfaceId out = question.target.interface;
  wire::IpAddress source = question.source;
  if (!core_.addresses.is_valid_on(out, source)) {
    source = core_.addresses.choose_source(out, question.target.address)
                 .value_or(wire::IpAddress::any(wire::Family::ipv4));
  }
  egress_.send_arp(out,
                   {.operation = wire::Arp::Operation::request,
                    .sender_mac = core_.at(out).config.mac,
                    .sender_ip = source,
                    .target_ip = question.target.address},
                   question.to.value_or(wire::MacAddr::broadcast()));
}

}  // namespace zsock::net
