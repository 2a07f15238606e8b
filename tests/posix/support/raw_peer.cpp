#include "tests/posix/support/raw_peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <tins/tins.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Octets = std::vector<std::uint8_t>;

const Tins::HWAddress<6> kStation("02:00:5e:00:53:02");
constexpr std::size_t kLinkHeader = 14;
constexpr std::size_t kMostQuoted = 520;

void put16(Octets& octets, std::size_t value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8U));
  octets.push_back(static_cast<std::uint8_t>(value));
}

void put32(Octets& octets, std::uint32_t value) {
  put16(octets, value >> 16U);
  put16(octets, value & 0xffffU);
}

/// The address in network order.
Octets octets_of(const std::string& address) {
  std::array<std::uint8_t, 16> octets{};
  const bool v4 = address.find(':') == std::string::npos;
  if (::inet_pton(v4 ? AF_INET : AF_INET6, address.c_str(), octets.data()) != 1) {
    throw std::runtime_error("no address: " + address);
  }
  return {octets.begin(), octets.begin() + (v4 ? 4 : 16)};
}

/// RFC 1071, over the pseudo header (RFC 793, RFC 8200 8.1) and the transport's octets.
void put_checksum(Octets& transport, std::size_t place, const Octets& pseudo_header) {
  std::uint32_t sum = 0;
  for (const Octets& part : {pseudo_header, transport}) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      sum += i % 2 == 0 ? static_cast<std::uint32_t>(part[i]) << 8U : part[i];
    }
  }
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
  transport[place] = static_cast<std::uint8_t>(~sum >> 8U);
  transport[place + 1] = static_cast<std::uint8_t>(~sum);
}

Octets pseudo_header(const std::string& from, const std::string& to, int protocol,
                     std::size_t size) {
  Octets octets = octets_of(from);
  const Octets destination = octets_of(to);
  octets.insert(octets.end(), destination.begin(), destination.end());
  put32(octets, static_cast<std::uint32_t>(size));
  put32(octets, static_cast<std::uint32_t>(protocol));
  return octets;
}

void read_transport(Seen& seen, Tins::PDU& pdu) {
  if (auto* tcp = pdu.find_pdu<Tins::TCP>()) {
    seen.source_port = tcp->sport();
    seen.destination_port = tcp->dport();
    seen.seq = tcp->seq();
    seen.ack = tcp->ack_seq();
    seen.flags = static_cast<int>(tcp->flags());
  } else if (auto* udp = pdu.find_pdu<Tins::UDP>()) {
    seen.source_port = udp->sport();
    seen.destination_port = udp->dport();
  }
  if (auto* raw = pdu.find_pdu<Tins::RawPDU>()) {
    seen.text.assign(raw->payload().begin(), raw->payload().end());
  }
}

/// Nothing: no IP packet.
std::optional<Seen> read_packet(const Octets& frame) {
  Tins::EthernetII link(frame.data(), static_cast<std::uint32_t>(frame.size()));
  Seen seen;
  if (auto* ip = link.find_pdu<Tins::IP>()) {
    seen.source = ip->src_addr().to_string();
    seen.destination = ip->dst_addr().to_string();
    seen.protocol = ip->protocol();
    seen.hop_limit = ip->ttl();
    seen.traffic_class = ip->tos();
    seen.dont_fragment = (ip->flags() & Tins::IP::DONT_FRAGMENT) != 0;
    const std::size_t end = std::min(kLinkHeader + ip->tot_len(), frame.size());
    seen.packet.assign(frame.begin() + kLinkHeader, frame.begin() + static_cast<long>(end));
  } else if (auto* ip6 = link.find_pdu<Tins::IPv6>()) {
    seen.source = ip6->src_addr().to_string();
    seen.destination = ip6->dst_addr().to_string();
    seen.protocol = ip6->next_header();
    seen.hop_limit = ip6->hop_limit();
    seen.traffic_class = ip6->traffic_class();
    seen.packet.assign(frame.begin() + kLinkHeader, frame.end());
  } else {
    return std::nullopt;
  }
  read_transport(seen, link);
  return seen;
}

}  // namespace

RawPeer::RawPeer(std::string address) : address_(std::move(address)) {
  learn_station();
}

// --- Frames ------------------------------------------------------------------------------------

std::optional<Octets> RawPeer::read_frame(std::chrono::milliseconds patience) {
  const int wire = Stage::instance().wire();
  pollfd entry{.fd = wire, .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, static_cast<int>(patience / 1ms)) != 1) return std::nullopt;
  Octets frame(70'000);
  const ssize_t size = ::read(wire, frame.data(), frame.size());
  if (size < static_cast<ssize_t>(kLinkHeader)) return std::nullopt;
  frame.resize(static_cast<std::size_t>(size));
  return frame;
}

void RawPeer::write_frame(const Octets& frame) {
  if (::write(Stage::instance().wire(), frame.data(), frame.size()) < 0) {
    throw std::runtime_error("the wire");
  }
}

/// RFC 826, RFC 4861 7.2.4.
void RawPeer::resolve(const Octets& frame) {
  Tins::EthernetII link(frame.data(), static_cast<std::uint32_t>(frame.size()));
  if (auto* arp = link.find_pdu<Tins::ARP>()) {
    const bool for_us = is_v4() && arp->target_ip_addr() == Tins::IPv4Address(address_);
    if (arp->opcode() != Tins::ARP::REQUEST || !for_us) return;
    Tins::EthernetII reply =
        Tins::ARP::make_arp_reply(arp->sender_ip_addr(), address_, arp->sender_hw_addr(), kStation);
    return write_frame(reply.serialize());
  }
  auto* icmp = link.find_pdu<Tins::ICMPv6>();
  if (icmp == nullptr || icmp->type() != Tins::ICMPv6::NEIGHBOUR_SOLICIT || is_v4() ||
      icmp->target_addr() != Tins::IPv6Address(address_)) {
    return;
  }
  Tins::ICMPv6 answer(Tins::ICMPv6::NEIGHBOUR_ADVERT);
  answer.target_addr(address_);
  answer.solicited(1);
  answer.override(1);
  answer.target_link_layer_addr(kStation);
  Tins::IPv6 ip(link.rfind_pdu<Tins::IPv6>().src_addr(), address_);
  ip.hop_limit(255);
  Tins::EthernetII reply = Tins::EthernetII(link.src_addr(), kStation) / ip / answer;
  write_frame(reply.serialize());
}

/// Asks for the stack's link address.
void RawPeer::learn_station() {
  Tins::EthernetII question =
      Tins::ARP::make_arp_request("192.0.2.1", is_v4() ? address_ : "192.0.2.254", kStation);
  write_frame(question.serialize());
  const auto end = Clock::now() + kPatience;
  while (Clock::now() < end) {
    const auto frame = read_frame(kPatience);
    if (!frame) continue;
    Tins::EthernetII link(frame->data(), static_cast<std::uint32_t>(frame->size()));
    const auto* arp = link.find_pdu<Tins::ARP>();
    if (arp == nullptr || arp->opcode() != Tins::ARP::REPLY) continue;
    station_ = arp->sender_hw_addr().to_string();
    return;
  }
  throw std::runtime_error("no answer to ARP");
}

// --- Heard -------------------------------------------------------------------------------------

std::optional<Seen> RawPeer::next(const std::function<bool(const Seen&)>& wanted,
                                  std::chrono::milliseconds patience) {
  const auto end = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    const auto frame = read_frame(std::max(left, 0ms));
    if (!frame) {
      if (Clock::now() >= end) return std::nullopt;
      continue;
    }
    resolve(*frame);
    auto seen = read_packet(*frame);
    if (seen && seen->destination == address_ && wanted(*seen)) return seen;
  }
}

Seen RawPeer::datagram(std::uint16_t port) {
  auto seen = next([port](const Seen& packet) {
    return packet.protocol == IPPROTO_UDP && (port == 0 || packet.source_port == port);
  });
  if (!seen) throw std::runtime_error("no datagram");
  return *seen;
}

namespace {

std::function<bool(const Seen&)> segments(int flags, std::uint16_t port) {
  return [flags, port](const Seen& packet) {
    return packet.protocol == IPPROTO_TCP && (packet.flags & flags) == flags &&
           (port == 0 || packet.destination_port == port);
  };
}

}  // namespace

Seen RawPeer::segment(int flags, std::uint16_t port) {
  auto seen = next(segments(flags, port));
  if (!seen) throw std::runtime_error("no segment");
  return *seen;
}

bool RawPeer::hears_segment(int flags, std::uint16_t port) {
  return next(segments(flags, port), kMoment).has_value();
}

// --- Said --------------------------------------------------------------------------------------

void RawPeer::send(const std::string& to, int protocol, const Octets& transport) {
  Tins::EthernetII frame(Tins::HWAddress<6>(station_), kStation);
  if (is_v4()) {
    Tins::IP ip(to, address_);
    ip.protocol(static_cast<std::uint8_t>(protocol));
    ip.ttl(64);
    frame /= ip / Tins::RawPDU(transport);
  } else {
    Tins::IPv6 ip(to, address_);
    ip.next_header(static_cast<std::uint8_t>(protocol));
    ip.hop_limit(64);
    frame /= ip / Tins::RawPDU(transport);
  }
  write_frame(frame.serialize());
}

void RawPeer::icmp(const Seen& about, const IcmpMessage& message) {
  const int protocol = is_v4() ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  Octets octets{static_cast<std::uint8_t>(message.type), static_cast<std::uint8_t>(message.code), 0,
                0};
  put32(octets, message.rest);
  const auto quoted = static_cast<long>(std::min(about.packet.size(), kMostQuoted));
  octets.insert(octets.end(), about.packet.begin(), about.packet.begin() + quoted);
  const Octets pseudo =
      is_v4() ? Octets{} : pseudo_header(address_, about.source, protocol, octets.size());
  put_checksum(octets, 2, pseudo);
  send(about.source, protocol, octets);
}

void RawPeer::send_segment(std::uint16_t from, const Name& to, const Segment& segment) {
  constexpr std::size_t kChecksum = 16;
  Octets octets;
  put16(octets, from);
  put16(octets, to.port());
  put32(octets, segment.seq);
  put32(octets, segment.ack);
  octets.push_back(5U << 4U);
  octets.push_back(static_cast<std::uint8_t>(segment.flags));
  put16(octets, 65535);
  put32(octets, 0);
  octets.insert(octets.end(), segment.text.begin(), segment.text.end());
  put_checksum(octets, kChecksum, pseudo_header(address_, to.host(), IPPROTO_TCP, octets.size()));
  send(to.host(), IPPROTO_TCP, octets);
}

void RawPeer::answer(const Seen& to, const Segment& segment) {
  send_segment(to.destination_port, {to.source, to.source_port}, segment);
}

void RawPeer::send_datagram(std::uint16_t from, const Name& to, const std::string& text) {
  constexpr std::size_t kChecksum = 6;
  constexpr std::size_t kHeader = 8;
  Octets octets;
  put16(octets, from);
  put16(octets, to.port());
  put16(octets, kHeader + text.size());
  put16(octets, 0);
  octets.insert(octets.end(), text.begin(), text.end());
  put_checksum(octets, kChecksum, pseudo_header(address_, to.host(), IPPROTO_UDP, octets.size()));
  send(to.host(), IPPROTO_UDP, octets);
}

void RawPeer::settle() {
  const std::string address = is_v4() ? "192.0.2.1" : "2001:db8::1";
  const Fd last = bound(SOCK_DGRAM, address);
  send_datagram(9, Name::local(last), "x");
  if (!becomes(last, POLLIN)) throw std::runtime_error("the last datagram does not come");
}

// --- Connections -------------------------------------------------------------------------------

ByHand connecting(RawPeer& peer, Fd fd, std::uint16_t port) {
  ByHand scene;
  scene.fd = std::move(fd);
  const std::string outcome = connect_outcome(scene.fd, peer.name(port));
  if (outcome != "EINPROGRESS") throw std::runtime_error("connect: " + outcome);
  scene.syn = peer.segment(kSyn, port);
  scene.theirs = scene.syn.seq + 1;
  return scene;
}

ByHand established(RawPeer& peer, Fd fd, std::uint16_t port) {
  constexpr std::uint32_t kFirst = 1000;
  ByHand scene = connecting(peer, std::move(fd), port);
  peer.answer(scene.syn, {.flags = kSyn | kAck, .seq = kFirst, .ack = scene.theirs});
  scene.ours = kFirst + 1;
  if (!becomes(scene.fd, POLLOUT)) throw std::runtime_error("no connection");
  return scene;
}

}  // namespace zsock::posix
