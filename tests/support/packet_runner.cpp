#include "tests/support/packet_runner.h"

#include <algorithm>
#include <cstdio>

#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/ethernet.h"
#include "drivers/offload.h"

namespace zsock::test {
namespace {

constexpr int kBusyLoop = 100000;

std::string seconds(Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", static_cast<double>(duration.count()) / 1e6);
  return text.data();
}

void keep(wire::Endpoint& endpoint, const std::optional<wire::Endpoint>& said) {
  if (!said) return;
  if (!said->address.is_unspecified()) endpoint.address = said->address;
  endpoint.port = said->port;
}

}  // namespace

PacketRunner::PacketRunner(const StackConfig& config, std::uint16_t mtu, const RingSizes& rings,
                           bool peer_present)
    : ring_sizes_(rings), peer_present_(peer_present), stack_(config, rng_) {
  interface_ = stack_.add_interface({.mac = kScriptLocalMac, .mtu = mtu}, now_);
  ZSOCK_CHECK(stack_.add_address(interface_, {kScriptLocal, 24}, now_).has_value());
  ZSOCK_CHECK(
      stack_.add_route({wire::IpAddress::v4(0, 0, 0, 0), 0}, wire::IpAddress::v4(192, 0, 2, 254))
          .has_value());
}

// --- Time ----------------------------------------------------------------------------------------

void PacketRunner::advance(Instant to) {
  pump();
  for (auto due = stack_.next_deadline(); due && *due <= to; due = stack_.next_deadline()) step();
  now_ = to;
  pump();
}

/// To the next deadline.
void PacketRunner::step() {
  now_ = std::max(now_, stack_.next_deadline().value_or(now_));
  stack_.on_deadline(now_);
  pump();
}

/// Lets everything happen that happens at this instant.
void PacketRunner::pump() {
  for (int i = 0; i < kBusyLoop; ++i) {
    bool busy = pull_frames();
    while (const auto event = stack_.poll_event()) {
      handle(*event);
      busy = true;
    }
    const auto due = stack_.next_deadline();
    if (due && *due <= now_) {
      stack_.on_deadline(now_);
      busy = true;
    }
    if (!busy) break;
  }
  stack_.check_invariants();
}

bool PacketRunner::pull_frames() {
  bool any = false;
  TxFrame frame;
  while (stack_.poll_transmit(interface_, frame, now_)) {
    any = true;
    std::vector<std::vector<std::byte>> frames;
    drivers::Segmenter segmenter{frame};
    while (segmenter.frames_left() > 0) {
      std::vector<std::byte>& plain = frames.emplace_back(segmenter.largest_frame());
      plain.resize(segmenter.next(plain).size());
    }
    for (const auto& plain : frames) {
      answer_arp(plain);
      const auto sent = read_sent(plain, now_);
      if (!sent) continue;
      sent_.push_back(*sent);
      log_.push_back({.at = now_, .text = "> ", .sent = *sent});
    }
  }
  return any;
}

void PacketRunner::answer_arp(ByteView frame) {
  const auto ethernet = wire::Ethernet::parse(frame);
  if (!peer_present_ || !ethernet ||
      ethernet->ether_type != static_cast<std::uint16_t>(wire::EtherType::arp))
    return;
  const auto request = wire::Arp::parse(ethernet->payload);
  if (!request || request->operation != wire::Arp::Operation::request ||
      request->target_ip == kScriptLocal)
    return;
  std::vector<std::byte> reply(wire::Ethernet::kHeaderSize + wire::Arp::kSize);
  wire::Ethernet{.destination = kScriptLocalMac,
                 .source = kScriptPeerMac,
                 .ether_type = static_cast<std::uint16_t>(wire::EtherType::arp)}
      .emit(reply);
  wire::Arp{.operation = wire::Arp::Operation::reply,
            .sender_mac = kScriptPeerMac,
            .sender_ip = request->target_ip,
            .target_mac = kScriptLocalMac,
            .target_ip = kScriptLocal}
      .emit(MutableBytes{reply}.subspan(wire::Ethernet::kHeaderSize));
  stack_.receive(interface_, {.bytes = reply}, now_);
}

void PacketRunner::handle(const SocketEvent& event) {
  ZSOCK_CHECK(!event.violation);
  if (event.released) {
    if (const auto app = tcp_.find(event.owner); app != tcp_.end()) app->second->released = true;
    return;
  }
  if (event.acceptable) offer_rings();
}

void PacketRunner::offer_rings() {
  for (const SocketId listener : listeners_) {
    while (true) {
      auto app = std::make_unique<TcpApp>(world(), ring_sizes_);
      if (!stack_.offer(listener, app->rings(), last_owner_ + 1)) break;
      tcp_[++last_owner_] = std::move(app);
    }
  }
}

// --- Events --------------------------------------------------------------------------------------

std::optional<PacketRunner::Failure> PacketRunner::run(const std::vector<Event>& events) {
  pump();
  for (const Event& event : events) {
    const std::string problem = perform(event);
    if (!problem.empty()) return Failure{event.line, problem};
  }
  pump();
  const std::string left = unexpected();
  if (left.empty()) return std::nullopt;
  return Failure{events.empty() ? 0 : events.back().line, left};
}

std::string PacketRunner::perform(const Event& event) {
  if (const auto* outgoing = std::get_if<Outgoing>(&event.what))
    return expect_packet(event, outgoing->packet);
  const Instant at = std::max(base_ + event.delay, now_);
  advance(at);
  base_ = at;
  if (std::string problem = unexpected(); !problem.empty()) return problem;
  if (std::holds_alternative<Silence>(event.what)) return "";
  if (const auto* claim = std::get_if<Claim>(&event.what)) return check_claim(*claim);
  log_.push_back({.at = now_, .text = event.text});
  std::string problem;
  if (const auto* incoming = std::get_if<Incoming>(&event.what)) problem = send(incoming->packet);
  if (const auto* call = std::get_if<Call>(&event.what)) problem = perform_call(*call);
  pump();
  return problem;
}

std::string PacketRunner::unexpected() {
  if (sent_.empty()) return "";
  return "expected: nothing is sent\n  got:      at " + seconds(sent_.front().at - start_) + ": " +
         describe(sent_.front(), numbering(key_of(sent_.front())));
}

Names PacketRunner::key_of(const Sent& sent) const {
  return sent.protocol == Protocol::tcp ? sent.names : current_;
}

Names PacketRunner::names_of(const PacketText& packet, bool incoming) const {
  Names names = current_;
  keep(names.local, incoming ? packet.to : packet.from);
  keep(names.remote, incoming ? packet.from : packet.to);
  return names;
}

std::string PacketRunner::send(const PacketText& packet) {
  const Names names = names_of(packet, true);
  stack_.receive(interface_, {.bytes = make_frame(packet, names, numbering(names))}, now_);
  return "";
}

std::string PacketRunner::expect_packet(const Event& event, const PacketText& packet) {
  const Instant at = base_ + event.delay;
  const Instant latest = at + event.tolerance;
  pump();
  while (sent_.empty()) {
    const auto due = stack_.next_deadline();
    if (!due || *due > latest) break;
    step();
  }
  const std::string expected = "expected: at " + seconds(at - start_) + ": " + event.text;
  if (sent_.empty()) {
    advance(std::max(now_, latest));
    return expected + "\n  got:      nothing by " + seconds(now_ - start_);
  }
  const Sent sent = sent_.front();
  sent_.pop_front();
  base_ = event.tolerance == Duration{} ? at : sent.at;
  Names names = names_of(packet, false);
  if (sent.protocol != Protocol::tcp) {
    if (sent.protocol == Protocol::icmp) names.local.port = names.remote.port = 0;
  }
  std::string why = disagreement(packet, sent, numbering(key_of(sent)));
  if (why.empty() && names != sent.names) why = "addresses or ports";
  if (why.empty() && (sent.at < at - event.tolerance || sent.at > latest)) why = "time";
  if (why.empty()) return "";
  return expected + "\n  got:      at " + seconds(sent.at - start_) + ": " +
         describe(sent, numbering(key_of(sent))) + "\n  differs:  " + why;
}

std::string PacketRunner::history() const {
  std::string text;
  for (const LogEntry& entry : log_) {
    text += "  " + seconds(entry.at - start_) + " " + entry.text;
    if (entry.sent) {
      const auto known = numberings_.find(key_of(*entry.sent));
      text += describe(*entry.sent, known == numberings_.end() ? Numbering{} : known->second);
    }
    text += "\n";
  }
  return text;
}

}  // namespace zsock::test
