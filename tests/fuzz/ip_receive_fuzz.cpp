// FZ-2, FZ-3. The input is a sequence of frames for one network layer, with time passing between
// them. Header and ICMP checksums are repaired on the way, so that the search gets past them. The
// layer's invariants hold after each, one frame causes few, and in the end nothing is left behind.

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/stack/net/ip.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/protocol.h"
#include "tests/fuzz/fuzz.h"

namespace zsock::net {
namespace {

using Octets = std::vector<std::byte>;

void repair_v4(MutableBytes packet) {
  if (packet.size() < wire::Ipv4::kMinHeaderSize) return;
  const std::size_t header = std::size_t{load_u8(packet, 0) & 0x0fU} * 4;
  if (header < wire::Ipv4::kMinHeaderSize || header > packet.size()) return;
  store_be16(packet, 10, 0);
  store_be16(packet, 10, wire::checksum(packet.first(header)));
  const std::size_t total = std::min<std::size_t>(load_be16(packet, 2), packet.size());
  if (load_u8(packet, 9) != wire::ip_protocol::kIcmpV4 || total < header + 8) return;
  store_be16(packet, header + 2, 0);
  store_be16(packet, header + 2, wire::checksum(packet.subspan(header, total - header)));
}

void repair_v6(MutableBytes packet) {
  const auto parsed = wire::Ipv6::parse(packet);
  if (!parsed) return;
  const wire::Ipv6Chain chain = wire::walk_ipv6_chain(*parsed, {});
  if (chain.end != wire::Ipv6Chain::End::upper_layer ||
      chain.protocol != wire::ip_protocol::kIcmpV6 || chain.payload.size() < 8) {
    return;
  }
  const auto start = static_cast<std::size_t>(chain.payload.data() - packet.data());
  store_be16(packet, start + 2, 0);
  const std::uint16_t sum =
      wire::Checksum()
          .add_pseudo_header(parsed->source, parsed->destination, chain.protocol,
                             static_cast<std::uint32_t>(chain.payload.size()))
          .add(chain.payload)
          .finish();
  store_be16(packet, start + 2, sum);
}

/// The link header is ours to write: the search need not find our address.
Octets frame_of(ByteView bytes) {
  Octets frame(bytes.begin(), bytes.end());
  if (frame.size() < wire::Ethernet::kHeaderSize) return frame;
  const MutableBytes packet = MutableBytes(frame).subspan(wire::Ethernet::kHeaderSize);
  if ((load_u8(frame, 0) & 1U) == 0) wire::MacAddr{{2, 0, 0, 0, 0, 1}}.store(frame, 0);
  if (load_be16(frame, 12) == static_cast<std::uint16_t>(wire::EtherType::ipv4)) repair_v4(packet);
  if (load_be16(frame, 12) == static_cast<std::uint16_t>(wire::EtherType::ipv6)) repair_v6(packet);
  return frame;
}

class Bench {
 public:
  Bench() {
    eth_ = ip_.add_interface({.mac = {{2, 0, 0, 0, 0, 1}}}, now_);
    ZSOCK_CHECK(ip_.add_address(eth_, *wire::Cidr::parse("192.0.2.1/24"), now_));
    ZSOCK_CHECK(ip_.add_address(eth_, *wire::Cidr::parse("2001:db8::1/64"), now_));
    pass(std::chrono::seconds(5));
    drain();
  }
  void receive(ByteView bytes) {
    const Octets frame = frame_of(bytes);
    const Input input = ip_.receive(eth_, {.bytes = frame}, now_);
    if (const auto* datagram = std::get_if<Datagram>(&input)) {
      ip_.refuse(*datagram, Refusal::port_unreachable, now_);
    } else if (const auto* error = std::get_if<TransportError>(&input)) {
      ZSOCK_CHECK(error->transport.size() >= 8);
      ip_.learn_path_mtu(*error, now_);
    }
    ip_.check_invariants();
    // A reply, perhaps in fragments, an error, a question, or packets that had waited.
    ZSOCK_CHECK(drain() <= 256);
  }
  void pass(Duration duration) {
    const Instant end = now_ + duration;
    while (const auto deadline = ip_.next_deadline()) {
      if (*deadline > end) break;
      now_ = std::max(now_, *deadline);
      ip_.on_deadline(now_);
      ip_.check_invariants();
    }
    now_ = end;
    drain();
  }

 private:
  std::size_t drain() {
    std::size_t frames = 0;
    TxFrame frame;
    while (ip_.poll_transmit(eth_, frame, now_)) ++frames;
    while (ip_.poll_event()) {
    }
    return frames;
  }

  Config config_{};
  SeededRng rng_{1};
  Counters counters_{};
  Ip ip_{config_, rng_, counters_};
  Instant now_{};
  InterfaceId eth_{};
};

void run(ByteView input) {
  Bench bench;
  // Two octets of length, one of time in units of 250 ms, then the frame.
  constexpr std::size_t kPrefix = 3;
  while (input.size() >= kPrefix) {
    const std::size_t size = std::min<std::size_t>(load_be16(input, 0), input.size() - kPrefix);
    bench.pass(std::chrono::milliseconds(250) * load_u8(input, 2));
    bench.receive(input.subspan(kPrefix, size));
    input = input.subspan(kPrefix + size);
  }
  bench.pass(std::chrono::minutes(5));
}

}  // namespace
}  // namespace zsock::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::net::run(std::as_bytes(std::span(data, size)));
  return 0;
}
