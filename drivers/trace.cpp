#include "drivers/trace.h"

#include <tins/arp.h>
#include <tins/ethernetII.h>
#include <tins/icmp.h>
#include <tins/icmpv6.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/packet.h>
#include <tins/packet_writer.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>
#include <tins/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <utility>
#include <vector>

namespace zsock::drivers {
namespace {

constexpr std::size_t kSnapOctets = 65535;

const std::uint8_t* octets_of(ByteView bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::string hex(unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04x", value);
  return text.data();
}

/// tcpdump's order of letters.
std::string flags_of(const Tins::TCP& tcp) {
  using Tins::TCP;
  constexpr std::array<std::pair<TCP::Flags, char>, 8> kLetters{{{TCP::FIN, 'F'},
                                                                 {TCP::SYN, 'S'},
                                                                 {TCP::RST, 'R'},
                                                                 {TCP::PSH, 'P'},
                                                                 {TCP::ACK, '.'},
                                                                 {TCP::URG, 'U'},
                                                                 {TCP::ECE, 'E'},
                                                                 {TCP::CWR, 'W'}}};
  std::string text;
  for (const auto& [flag, letter] : kLetters) {
    if (tcp.get_flag(flag) != 0) text += letter;
  }
  return text.empty() ? "none" : text;
}

std::string sack_text(ByteView data) {
  std::string text = "sack";
  for (std::size_t at = 0; at + 8 <= data.size(); at += 8) {
    text += " {" + std::to_string(load_be32(data, at)) + ':' +
            std::to_string(load_be32(data, at + 4)) + '}';
  }
  return text;
}

std::string option_text(const Tins::TCP::option& option) {
  using Tins::TCP;
  const ByteView data = std::as_bytes(std::span(option.data_ptr(), option.data_size()));
  const unsigned kind = option.option();
  if (kind == TCP::EOL) return "eol";
  if (kind == TCP::NOP) return "nop";
  if (kind == TCP::SACK_OK) return "sackOK";
  if (kind == TCP::SACK) return sack_text(data);
  if (kind == TCP::MSS && data.size() == 2) return "mss " + std::to_string(load_be16(data, 0));
  if (kind == TCP::WSCALE && data.size() == 1) {
    return "wscale " + std::to_string(load_u8(data, 0));
  }
  if (kind == TCP::TSOPT && data.size() == 8) {
    return "TS val " + std::to_string(load_be32(data, 0)) + " ecr " +
           std::to_string(load_be32(data, 4));
  }
  return "unknown-" + std::to_string(kind);
}

std::string options_text(const Tins::TCP& tcp) {
  std::string text;
  for (const auto& option : tcp.options()) {
    if (!text.empty()) text += ',';
    text += option_text(option);
  }
  return text.empty() ? text : ", options [" + text + "]";
}

std::size_t payload_size(const Tins::PDU& pdu) {
  return pdu.inner_pdu() == nullptr ? 0 : pdu.inner_pdu()->size();
}

/// Both ends of a packet, as text.
struct Ends {
  std::string source{};
  std::string destination{};
};

std::string with_ports(const Ends& ends, unsigned source, unsigned destination) {
  return ends.source + '.' + std::to_string(source) + " > " + ends.destination + '.' +
         std::to_string(destination) + ": ";
}

std::string tcp_text(const Tins::TCP& tcp, const Ends& ends) {
  const std::size_t length = payload_size(tcp);
  std::string text = with_ports(ends, tcp.sport(), tcp.dport()) + "Flags [" + flags_of(tcp) +
                     "], seq " + std::to_string(tcp.seq());
  if (length > 0) {
    text += ':' + std::to_string(tcp.seq() + static_cast<std::uint32_t>(length));
  }
  if (tcp.get_flag(Tins::TCP::ACK) != 0) text += ", ack " + std::to_string(tcp.ack_seq());
  text += ", win " + std::to_string(tcp.window());
  if (tcp.get_flag(Tins::TCP::URG) != 0) text += ", urg " + std::to_string(tcp.urg_ptr());
  return text + options_text(tcp) + ", length " + std::to_string(length);
}

std::string icmp_text(const Tins::ICMP& icmp) {
  const std::string length = ", length " + std::to_string(icmp.size());
  if (icmp.type() == Tins::ICMP::ECHO_REQUEST || icmp.type() == Tins::ICMP::ECHO_REPLY) {
    const char* kind = icmp.type() == Tins::ICMP::ECHO_REQUEST ? "request" : "reply";
    return std::string("ICMP echo ") + kind + ", id " + std::to_string(icmp.id()) + ", seq " +
           std::to_string(icmp.sequence()) + length;
  }
  const unsigned type = icmp.type();
  return "ICMP type " + std::to_string(type) + " code " + std::to_string(icmp.code()) + length;
}

std::string icmp6_text(const Tins::ICMPv6& icmp) {
  using Tins::ICMPv6;
  const std::string length = ", length " + std::to_string(icmp.size());
  switch (icmp.type()) {
    case ICMPv6::NEIGHBOUR_SOLICIT:
      return "ICMP6, neighbor solicitation, who has " + icmp.target_addr().to_string() + length;
    case ICMPv6::NEIGHBOUR_ADVERT:
      return "ICMP6, neighbor advertisement, tgt is " + icmp.target_addr().to_string() + length;
    case ICMPv6::ECHO_REQUEST:
    case ICMPv6::ECHO_REPLY: {
      const char* kind = icmp.type() == ICMPv6::ECHO_REQUEST ? "request" : "reply";
      return std::string("ICMP6, echo ") + kind + ", id " + std::to_string(icmp.identifier()) +
             ", seq " + std::to_string(icmp.sequence()) + length;
    }
    default:
      break;
  }
  const unsigned type = icmp.type();
  return "ICMP6, type " + std::to_string(type) + " code " + std::to_string(icmp.code()) + length;
}

std::string transport_text(const Tins::PDU& ip, const Ends& ends) {
  const std::string between = ends.source + " > " + ends.destination + ": ";
  if (const auto* tcp = ip.find_pdu<Tins::TCP>()) return tcp_text(*tcp, ends);
  if (const auto* udp = ip.find_pdu<Tins::UDP>()) {
    return with_ports(ends, udp->sport(), udp->dport()) + "UDP, length " +
           std::to_string(payload_size(*udp));
  }
  if (const auto* icmp = ip.find_pdu<Tins::ICMP>()) return between + icmp_text(*icmp);
  if (const auto* icmp = ip.find_pdu<Tins::ICMPv6>()) return between + icmp6_text(*icmp);
  return between;
}

std::string ipv4_text(const Tins::IP& ip) {
  const Ends ends{ip.src_addr().to_string(), ip.dst_addr().to_string()};
  std::string text = transport_text(ip, ends);
  const std::string length = ", length " + std::to_string(payload_size(ip));
  if (ip.is_fragmented()) {
    const unsigned offset = ip.fragment_offset() * 8U;
    return ends.source + " > " + ends.destination + ": fragment of id " + std::to_string(ip.id()) +
           " at " + std::to_string(offset) + ", ip-proto-" + std::to_string(ip.protocol()) + length;
  }
  if (text.ends_with(": ")) text += "ip-proto-" + std::to_string(ip.protocol()) + length;
  return text;
}

std::string ipv6_text(const Tins::IPv6& ip) {
  const Ends ends{ip.src_addr().to_string(), ip.dst_addr().to_string()};
  std::string text = transport_text(ip, ends);
  if (text.ends_with(": ")) {
    text += "next-header " + std::to_string(ip.next_header()) + ", length " +
            std::to_string(payload_size(ip));
  }
  return text;
}

std::string arp_text(const Tins::ARP& arp) {
  const std::string sender = arp.sender_ip_addr().to_string();
  if (arp.opcode() == Tins::ARP::REQUEST) {
    return "ARP, Request who-has " + arp.target_ip_addr().to_string() + " tell " + sender;
  }
  return "ARP, Reply " + sender + " is-at " + arp.sender_hw_addr().to_string();
}

std::string ethernet_text(ByteView frame) {
  const Tins::EthernetII ethernet(octets_of(frame), static_cast<std::uint32_t>(frame.size()));
  if (const auto* ip = ethernet.find_pdu<Tins::IP>()) return ipv4_text(*ip);
  if (const auto* ip = ethernet.find_pdu<Tins::IPv6>()) return ipv6_text(*ip);
  if (const auto* arp = ethernet.find_pdu<Tins::ARP>()) return arp_text(*arp);
  return ethernet.src_addr().to_string() + " > " + ethernet.dst_addr().to_string() +
         ", ethertype " + hex(ethernet.payload_type()) + ", length " + std::to_string(frame.size());
}

enum class Direction : std::uint8_t { in, out };

class Trace final : public Device {
 public:
  Trace(std::unique_ptr<Device> inner, const TraceOptions& options)
      : inner_(std::move(inner)), options_(options) {
    if (options_.pcap_path.empty()) return;
    file_ = std::make_unique<Tins::PacketWriter>(options_.pcap_path,
                                                 Tins::DataLinkType<Tins::EthernetII>());
  }

  [[nodiscard]] DeviceInfo info() const override { return inner_->info(); }
  [[nodiscard]] int fd() const override { return inner_->fd(); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    auto frame = inner_->receive(buffer);
    if (frame && !frame->bytes.empty()) record(frame->bytes, Direction::in);
    return frame;
  }

  Status<std::error_code> send(const TxFrame& frame) override {
    auto sent = inner_->send(frame);
    if (sent) record(flatten(frame), Direction::out);
    return sent;
  }

  [[nodiscard]] std::optional<Instant> next_deadline() const override {
    return inner_->next_deadline();
  }
  void advance(Instant now) override {
    now_ = now;
    inner_->advance(now);
  }

 private:
  /// A second reading of the payload: what is shown may differ from what was sent when the
  /// application rewrites it meanwhile. Nothing else depends on it.
  ByteView flatten(const TxFrame& frame) {
    const ByteView header = frame.header_bytes();
    sent_.assign(header.begin(), header.end());
    for (std::size_t i = 0; i < frame.payload_parts; ++i) {
      sent_.insert(sent_.end(), frame.payload.at(i).begin(), frame.payload.at(i).end());
    }
    return sent_;
  }

  void record(ByteView bytes, Direction direction) {
    const ByteView snapped = bytes.first(std::min(bytes.size(), kSnapOctets));
    if (file_) write_file(snapped);
    if (!options_.line_sink) return;
    const auto micros = now_.time_since_epoch().count();
    std::array<char, 40> stamp{};
    std::snprintf(
        stamp.data(), stamp.size(), "%lld.%06lld %c ", static_cast<long long>(micros / 1'000'000),
        static_cast<long long>(micros % 1'000'000), direction == Direction::out ? '>' : '<');
    options_.line_sink(stamp.data() + describe_frame(bytes));
  }

  void write_file(ByteView bytes) {
    const Duration wall = now_.time_since_epoch() + options_.wall_offset;
    // RawPDU: parsing and serializing again would mend what we want to see.
    Tins::RawPDU raw(octets_of(bytes), static_cast<std::uint32_t>(bytes.size()));
    Tins::Packet packet(raw, Tins::Timestamp(std::chrono::microseconds(wall)));
    file_->write(packet);
  }

  std::unique_ptr<Device> inner_;
  TraceOptions options_;
  std::unique_ptr<Tins::PacketWriter> file_{};
  std::vector<std::byte> sent_{};
  Instant now_{};
};

}  // namespace

Result<std::unique_ptr<Device>, OpenError> make_trace(std::unique_ptr<Device> inner,
                                                      const TraceOptions& options) {
  // Tried here first: when PacketWriter cannot open its file, it reads memory it has freed.
  if (!options.pcap_path.empty() && !std::ofstream(options.pcap_path, std::ios::app)) {
    return Err{OpenError{"cannot write the trace to " + options.pcap_path + ": " +
                         std::generic_category().message(errno)}};
  }
  try {
    return std::unique_ptr<Device>(std::make_unique<Trace>(std::move(inner), options));
  } catch (const std::exception& problem) {
    return Err{OpenError{"cannot write the trace to " + options.pcap_path + ": " + problem.what()}};
  }
}

std::string describe_frame(ByteView frame) {
  try {
    return ethernet_text(frame);
  } catch (const std::exception&) {
    return "malformed frame, length " + std::to_string(frame.size());
  }
}

}  // namespace zsock::drivers
