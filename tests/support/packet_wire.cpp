#include "tests/support/packet_wire.h"

#include <algorithm>
#include <array>

#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/udp.h"
#include "tests/support/wire_text.h"

namespace zsock::test {
namespace {

using Bytes = std::vector<std::byte>;

struct IcmpName {
  std::string_view name;
  std::uint8_t type;
  std::uint8_t code;
};
constexpr std::array kIcmpNames{
    IcmpName{"echo_reply", 0, 0},
    IcmpName{"net_unreachable", 3, 0},
    IcmpName{"host_unreachable", 3, 1},
    IcmpName{"protocol_unreachable", 3, 2},
    IcmpName{"port_unreachable", 3, 3},
    IcmpName{"frag_needed", 3, 4},
    IcmpName{"source_route_failed", 3, 5},
    IcmpName{"net_prohibited", 3, 9},
    IcmpName{"host_prohibited", 3, 10},
    IcmpName{"admin_prohibited", 3, 13},
    IcmpName{"source_quench", 4, 0},
    IcmpName{"redirect_host", 5, 1},
    IcmpName{"echo", 8, 0},
    IcmpName{"ttl_exceeded", 11, 0},
    IcmpName{"reassembly_timeout", 11, 1},
    IcmpName{"parameter_problem", 12, 0},
    IcmpName{"timestamp", 13, 0},
    IcmpName{"address_mask", 17, 0},
};

std::string icmp_name(std::uint8_t type, std::uint8_t code) {
  for (const IcmpName& known : kIcmpNames) {
    if (known.type == type && known.code == code) return std::string{known.name};
  }
  return "type " + std::to_string(type) + " code " + std::to_string(code);
}

void put8(Bytes& out, std::int64_t value) {
  out.push_back(static_cast<std::byte>(value & 0xff));
}
void put16(Bytes& out, std::int64_t value) {
  put8(out, value >> 8);
  put8(out, value);
}
void put32(Bytes& out, std::int64_t value) {
  put16(out, value >> 16);
  put16(out, value);
}
void put_text(Bytes& out, std::int64_t position, std::int64_t octets) {
  for (std::int64_t i = 0; i < octets; ++i)
    out.push_back(
        script_octet(static_cast<std::uint64_t>(std::max<std::int64_t>(position + i, 0))));
}

Bytes make_options(const OptionsText& options, const Numbering& numbering) {
  Bytes out;
  if (options.mss) {
    put16(out, 0x0204);
    put16(out, options.mss->value);
  }
  if (options.sack_ok) put16(out, 0x0402);
  if (options.ts) {
    put16(out, 0x080a);
    put32(out, options.ts->value.value);
    put32(out, options.ts->echo.value == 0 && !numbering.timestamp_known
                   ? 0
                   : options.ts->echo.value + numbering.timestamp);
  }
  if (options.wscale) {
    put16(out, 0x0303);
    put8(out, options.wscale->value);
  }
  if (!options.sack.empty()) {
    put8(out, 5);
    put8(out, static_cast<std::int64_t>(2 + 8 * options.sack.size()));
    for (const auto& [begin, end] : options.sack) {
      put32(out, begin + numbering.local);
      put32(out, end + numbering.local);
    }
  }
  if (options.fast_open) {
    std::vector<std::uint8_t> octets = options.fast_open->octets;
    if (options.fast_open->known) {
      for (const std::byte octet : numbering.cookie->view())
        octets.push_back(std::to_integer<std::uint8_t>(octet));
    }
    put8(out, 34);
    put8(out, static_cast<std::int64_t>(2 + octets.size()));
    for (const std::uint8_t octet : octets) put8(out, octet);
  }
  for (const std::uint8_t octet : options.raw) put8(out, octet);
  while (out.size() % 4 != 0) put8(out, 0);
  return out;
}

Bytes make_tcp(const PacketText& packet, const Names& names, const Numbering& numbering) {
  const Bytes options = packet.options ? make_options(*packet.options, numbering) : Bytes{};
  Bytes out;
  put16(out, names.remote.port);
  put16(out, names.local.port);
  put32(out, packet.begin.value + numbering.peer);
  put32(out, packet.ack ? packet.ack->value + numbering.local : 0);
  put8(out, static_cast<std::int64_t>((20 + options.size()) / 4 << 4U) | (packet.reserved & 15));
  put8(out, parse_flags(packet.flags));
  put16(out, packet.win ? packet.win->value : 65535);
  put16(out, 0);
  put16(out, packet.urg ? packet.urg->value : 0);
  out.insert(out.end(), options.begin(), options.end());
  const bool syn = packet.flags.find('S') != std::string::npos;
  put_text(out, packet.begin.value - (syn ? 0 : 1), packet.length);
  return out;
}

Bytes make_udp(const PacketText& packet, const Names& names) {
  Bytes out;
  put16(out, names.remote.port);
  put16(out, names.local.port);
  put16(out, 8 + packet.length);
  put16(out, 0);
  put_text(out, 0, packet.length);
  return out;
}

Bytes make_ipv4(const PacketText& packet, const Names& names, std::uint8_t protocol,
                const Bytes& payload) {
  Bytes out(20);
  for (const std::uint8_t octet : packet.ip_options) put8(out, octet);
  while (out.size() % 4 != 0) put8(out, 0);
  const std::size_t header = out.size();
  wire::Ipv4{.tos = static_cast<std::uint8_t>(packet.tos ? packet.tos->value : 0),
             .dont_fragment = true,
             .ttl = static_cast<std::uint8_t>(packet.ttl ? packet.ttl->value : 64),
             .protocol = protocol,
             .source = names.remote.address,
             .destination = names.local.address}
      .emit(out, header - 20 + payload.size());
  out[0] = static_cast<std::byte>(0x40U | (header / 4));
  store_be16(out, 10, 0);
  store_be16(out, 10, wire::checksum(out));
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

/// The packet of ours that an error quotes: its header and 8 octets (RFC 792).
Bytes make_quoted(const PacketText& packet, const Names& names, const Numbering& numbering) {
  const bool tcp = packet.quoted == Protocol::tcp;
  Bytes transport;
  put16(transport, names.local.port);
  put16(transport, names.remote.port);
  if (tcp) {
    put32(transport, packet.begin.value + numbering.local);
  } else {
    put16(transport, 8 + packet.length);
    put16(transport, 0);
  }
  PacketText plain;
  Bytes out = make_ipv4(plain, {.local = names.remote, .remote = names.local},
                        tcp ? wire::ip_protocol::kTcp : wire::ip_protocol::kUdp, transport);
  store_be16(out, 2, static_cast<std::uint16_t>(packet.length + (tcp ? 40 : 28)));
  store_be16(out, 10, 0);
  store_be16(out, 10, wire::checksum(ByteView{out}.first(20)));
  return out;
}

Bytes make_icmp(const PacketText& packet, const Names& names, const Numbering& numbering) {
  const auto known = std::ranges::find(kIcmpNames, packet.icmp, &IcmpName::name);
  Bytes out;
  put8(out, known == kIcmpNames.end() ? 255 : known->type);
  put8(out, known == kIcmpNames.end() ? 255 : known->code);
  put16(out, 0);
  put32(out, packet.mtu ? packet.mtu->value : 0);
  if (packet.quoted) {
    const Bytes quoted = make_quoted(packet, names, numbering);
    out.insert(out.end(), quoted.begin(), quoted.end());
  } else {
    put_text(out, 0, packet.length);
  }
  store_be16(out, 2, wire::checksum(out));
  return out;
}

std::int64_t relative(std::uint32_t value, std::uint32_t base) {
  return static_cast<std::int32_t>(value - base);
}

bool has_text_of(const Sent& sent, std::int64_t position) {
  for (std::size_t i = 0; i < sent.text.size(); ++i) {
    const std::int64_t at = position + static_cast<std::int64_t>(i);
    if (at >= 0 && sent.text[i] != script_octet(static_cast<std::uint64_t>(at))) return false;
  }
  return true;
}

std::string compare_timestamps(const ScriptTimestamps& expected, const wire::TcpTimestamps& sent,
                               Numbering& numbering) {
  if (!expected.value.any && !numbering.timestamp_known) {
    numbering.timestamp = sent.value - static_cast<std::uint32_t>(expected.value.value);
    numbering.timestamp_known = true;
  }
  if (!expected.value.agrees(relative(sent.value, numbering.timestamp))) return "TS val";
  if (!expected.echo.agrees(sent.echo)) return "TS ecr";
  return "";
}

std::string compare_sack(const OptionsText& expected, const wire::TcpOptions& sent,
                         const Numbering& numbering) {
  if (expected.open && expected.sack.empty()) return "";
  if (expected.sack.size() != sent.sack_count) return "sack blocks";
  for (std::size_t i = 0; i < sent.sack_count; ++i) {
    if (expected.sack[i].first != sent.sack.at(i).begin - numbering.peer ||
        expected.sack[i].second != sent.sack.at(i).end - numbering.peer)
      return "sack blocks";
  }
  return "";
}

std::string compare_cookie(const OptionsText& expected, const wire::TcpOptions& sent,
                           Numbering& numbering) {
  if (!expected.fast_open) return sent.fast_open && !expected.open ? "cookie" : "";
  if (!sent.fast_open) return "no cookie";
  if (expected.fast_open->known) {
    *numbering.cookie = *sent.fast_open;
    return sent.fast_open->size > 0 ? "" : "a request";
  }
  const ByteView octets = std::as_bytes(std::span{expected.fast_open->octets});
  return std::ranges::equal(octets, sent.fast_open->view()) ? "" : "another cookie";
}

std::string compare_options(const OptionsText& expected, const wire::TcpOptions& sent,
                            Numbering& numbering) {
  const auto differs = [&](const std::optional<Number>& want, const auto& have) {
    if (!want) return have.has_value() && !expected.open;
    return !have || !want->agrees(*have);
  };
  if (differs(expected.mss, sent.max_segment_size)) return "mss";
  if (differs(expected.wscale, sent.window_scale)) return "wscale";
  if (expected.sack_ok ? !sent.sack_permitted : (sent.sack_permitted && !expected.open))
    return "sackOK";
  if (expected.ts.has_value() != sent.timestamps.has_value() &&
      !(expected.open && !expected.ts.has_value()))
    return "timestamps";
  if (expected.ts) {
    const std::string why = compare_timestamps(*expected.ts, *sent.timestamps, numbering);
    if (!why.empty()) return why;
  }
  const std::string cookie = compare_cookie(expected, sent, numbering);
  return cookie.empty() ? compare_sack(expected, sent, numbering) : cookie;
}

std::string compare_tcp(const PacketText& expected, const Sent& sent, Numbering& numbering) {
  const wire::Tcp& tcp = sent.tcp;
  const bool syn = (tcp.flags & wire::tcp_flag::kSyn) != 0;
  if (syn && (!numbering.local_known || expected.begin.any)) {
    numbering.local = tcp.sequence;
    numbering.local_known = true;
  }
  if (parse_flags(expected.flags) != tcp.flags) return "flags";
  const std::int64_t begin = relative(tcp.sequence, numbering.local);
  const auto length = static_cast<std::int64_t>(sent.text.size());
  if (!expected.begin.agrees(begin)) return "sequence number";
  if (expected.length != length) return "length";
  const bool ack = (tcp.flags & wire::tcp_flag::kAck) != 0;
  if (ack && !expected.ack) return "the script says no ack";
  if (expected.ack && !expected.ack->agrees(relative(tcp.acknowledgment, numbering.peer)))
    return "ack";
  if (expected.win && !expected.win->agrees(tcp.window)) return "win";
  if (expected.urg && !expected.urg->agrees(tcp.urgent)) return "urg";
  if (!has_text_of(sent, begin - (syn ? 0 : 1))) return "text: other octets than were written";
  return expected.options ? compare_options(*expected.options, tcp.options, numbering) : "";
}

}  // namespace

std::optional<Sent> read_sent(ByteView frame, Instant now) {
  const auto ethernet = wire::Ethernet::parse(frame);
  if (!ethernet || ethernet->ether_type != static_cast<std::uint16_t>(wire::EtherType::ipv4))
    return std::nullopt;
  Sent sent{.at = now};
  const auto ip = wire::Ipv4::parse(ethernet->payload);
  if (!ip) return Sent{.at = now, .problem = "malformed IPv4 packet"};
  sent.names = {.local = {.address = ip->source}, .remote = {.address = ip->destination}};
  sent.tos = ip->tos;
  sent.ttl = ip->ttl;
  const auto keep = [&](ByteView text) { sent.text.assign(text.begin(), text.end()); };
  if (ip->protocol == wire::ip_protocol::kTcp) {
    const auto tcp = wire::Tcp::parse(ip->payload);
    if (!tcp) return Sent{.at = now, .problem = "malformed segment"};
    if (!wire::Tcp::verify(ip->payload, ip->source, ip->destination)) sent.problem = "checksum";
    if (!ip->dont_fragment || ip->is_fragment()) sent.problem = "TCP without DF";
    sent.tcp = *tcp;
    sent.names.local.port = tcp->source_port;
    sent.names.remote.port = tcp->destination_port;
    keep(tcp->payload);
  } else if (ip->protocol == wire::ip_protocol::kUdp) {
    sent.protocol = Protocol::udp;
    const auto udp = wire::Udp::parse(ip->payload);
    if (!udp) return Sent{.at = now, .problem = "malformed datagram"};
    if (!wire::Udp::verify(ip->payload, ip->source, ip->destination)) sent.problem = "checksum";
    sent.names.local.port = udp->source_port;
    sent.names.remote.port = udp->destination_port;
    keep(udp->payload);
  } else {
    sent.protocol = Protocol::icmp;
    const auto icmp = wire::Icmpv4::parse(ip->payload);
    if (!icmp) return Sent{.at = now, .problem = "malformed ICMP message"};
    sent.type = icmp->type;
    sent.code = icmp->code;
    keep(icmp->payload);
  }
  return sent;
}

std::vector<std::byte> make_frame(const PacketText& packet, const Names& names,
                                  const Numbering& numbering) {
  Bytes payload;
  std::uint8_t protocol = wire::ip_protocol::kTcp;
  std::size_t checksum_at = 16;
  if (packet.protocol == Protocol::icmp) {
    protocol = wire::ip_protocol::kIcmpV4;
    checksum_at = 2;
    payload = make_icmp(packet, names, numbering);
  } else {
    const bool tcp = packet.protocol == Protocol::tcp;
    payload = tcp ? make_tcp(packet, names, numbering) : make_udp(packet, names);
    protocol = tcp ? wire::ip_protocol::kTcp : wire::ip_protocol::kUdp;
    if (!tcp) checksum_at = 6;
    const std::uint16_t sum =
        wire::Checksum{}
            .add_pseudo_header(names.remote.address, names.local.address, protocol,
                               static_cast<std::uint32_t>(payload.size()))
            .add(payload)
            .finish();
    store_be16(payload, checksum_at, sum == 0 ? std::uint16_t{0xffff} : sum);
  }
  if (packet.bad_checksum) payload[checksum_at] ^= std::byte{0x55};
  Bytes frame(wire::Ethernet::kHeaderSize);
  wire::Ethernet{.destination = kScriptLocalMac,
                 .source = kScriptPeerMac,
                 .ether_type = static_cast<std::uint16_t>(wire::EtherType::ipv4)}
      .emit(frame);
  const Bytes ip = make_ipv4(packet, names, protocol, payload);
  frame.insert(frame.end(), ip.begin(), ip.end());
  return frame;
}

std::string disagreement(const PacketText& expected, const Sent& sent, Numbering& numbering) {
  if (!sent.problem.empty()) return sent.problem;
  if (expected.protocol != sent.protocol) return "protocol";
  if (expected.tos && !expected.tos->agrees(sent.tos)) return "tos";
  if (expected.ttl && !expected.ttl->agrees(sent.ttl)) return "ttl";
  if (expected.protocol == Protocol::tcp) return compare_tcp(expected, sent, numbering);
  const auto length = static_cast<std::int64_t>(sent.text.size());
  if (expected.protocol == Protocol::icmp) {
    if (expected.icmp != icmp_name(sent.type, sent.code)) return "type";
    if (sent.type != 0) return "";  // what an error quotes is not compared
  }
  if (expected.length != length) return "length";
  return has_text_of(sent, 0) ? "" : "other octets";
}

std::string describe(const Sent& sent, const Numbering& numbering) {
  std::string to = sent.names.local.to_string() + " > " + sent.names.remote.to_string() + ": ";
  if (!sent.problem.empty()) to += "[" + sent.problem + "] ";
  const std::string length = std::to_string(sent.text.size());
  if (sent.protocol == Protocol::icmp) return to + "icmp " + icmp_name(sent.type, sent.code);
  if (sent.protocol == Protocol::udp) return to + "udp(" + length + ")";
  const wire::Tcp& tcp = sent.tcp;
  const std::uint32_t base = numbering.local_known || (tcp.flags & wire::tcp_flag::kSyn) == 0
                                 ? numbering.local
                                 : tcp.sequence;
  const std::int64_t begin = relative(tcp.sequence, base);
  std::string text = to + format_flags(tcp.flags) + " " + std::to_string(begin) + ":" +
                     std::to_string(begin + static_cast<std::int64_t>(sent.text.size())) + "(" +
                     length + ")";
  if ((tcp.flags & wire::tcp_flag::kAck) != 0)
    text += " ack " + std::to_string(relative(tcp.acknowledgment, numbering.peer));
  text += " win " + std::to_string(tcp.window);
  if (tcp.urgent != 0) text += " urg " + std::to_string(tcp.urgent);
  if (tcp.options.max_segment_size) text += " mss " + std::to_string(*tcp.options.max_segment_size);
  if (tcp.options.window_scale) text += " wscale " + std::to_string(*tcp.options.window_scale);
  if (tcp.options.sack_permitted) text += " sackOK";
  if (tcp.options.timestamps) {
    text += " TS val " +
            std::to_string(relative(tcp.options.timestamps->value, numbering.timestamp)) + " ecr " +
            std::to_string(tcp.options.timestamps->echo);
  }
  if (tcp.options.fast_open) text += tcp.options.fast_open->size > 0 ? " FO cookie" : " FO";
  for (std::size_t i = 0; i < tcp.options.sack_count; ++i) {
    text += " sack " + std::to_string(relative(tcp.options.sack.at(i).begin, numbering.peer)) +
            ":" + std::to_string(relative(tcp.options.sack.at(i).end, numbering.peer));
  }
  return text;
}

}  // namespace zsock::test
