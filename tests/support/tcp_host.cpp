#include "tests/support/tcp_host.h"

#include <algorithm>

namespace zsock::test {

namespace {

ByteView bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>{text.data(), text.size()});
}

std::string text_of(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const std::byte b : bytes) text += static_cast<char>(b);
  return text;
}

}  // namespace

std::string pattern(std::uint64_t begin, std::size_t octets) {
  std::string text(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i) {
    const std::uint64_t position = begin + i;
    text[i] = static_cast<char>('a' + (position + position / 251) % 26);
  }
  return text;
}

TcpHost::Setup TcpHost::plain() {
  Setup setup;
  setup.config.timestamps = false;
  setup.config.sack = false;
  setup.config.window_scaling = false;
  setup.config.quick_acks = 0;
  setup.config.congestion = tcp::CongestionControl::newreno;
  return setup;
}

TcpHost::TcpHost(const Setup& setup)
    : setup_(std::make_unique<Setup>(setup)),
      counters_(std::make_unique<Counters>()),
      receive_(setup.receive_ring),
      transmit_(setup.transmit_ring),
      now_(std::chrono::hours{100}),
      iss_(0xffff'fff0U),
      irs_(0xffff'ff00U) {
  const tcp::ConnectionInit init{.iss = iss_,
                                 .timestamp_offset = setup.timestamp_offset,
                                 .local_mss = setup.local_mss,
                                 .path_mss = setup.path_mss,
                                 .receive_limit = setup.receive_limit};
  connection_ =
      std::make_unique<tcp::Connection>(setup_->config, *counters_, init, setup_->options,
                                        tcp::Rings{.receive = receive_, .transmit = transmit_});
}

void TcpHost::check() {
  connection_->check_invariants();
}

// --- Handshakes ----------------------------------------------------------------------------------

void TcpHost::opens() {
  connection_->open(now_);
  check();
}

void TcpHost::establish(const Peer& peer) {
  opens();
  sends();
  receives({.flags = "S.",
            .seq = 0,
            .ack = 1,
            .win = peer.win,
            .mss = peer.mss,
            .ws = peer.ws,
            .ts = peer.ts,
            .sack_ok = peer.sack});
  sends();
  events();
}

tcp::HalfOpen TcpHost::half_open() const {
  return {.iss = iss_,
          .irs = irs_,
          .peer_mss = 1000,
          .local_mss = 1460,
          .peer_window = 65535,
          .syn_ack_sent = now_};
}

void TcpHost::accepts(const tcp::HalfOpen& half_open) {
  connection_ = std::make_unique<tcp::Connection>(
      setup_->config, *counters_, half_open, setup_->path_mss, setup_->options,
      tcp::Rings{.receive = receive_, .transmit = transmit_});
  check();
}

// --- The wire ------------------------------------------------------------------------------------

void TcpHost::receives(const Seg& segment) {
  const std::string text = segment.text.empty() ? pattern(0, segment.len) : segment.text;
  tcp::Segment in{.seq = irs_ + segment.seq,
                  .ack = iss_ + segment.ack.value_or(0),
                  .flags = parse_flags(segment.flags),
                  .window = segment.win.value_or(65535),
                  .urgent = segment.urg.value_or(0),
                  .text = bytes_of(text),
                  .segment_size = segment.merged};
  in.options.max_segment_size = segment.mss;
  in.options.window_scale = segment.ws;
  if (segment.ts) in.options.timestamps = {.value = segment.ts->val, .echo = segment.ts->ecr};
  in.options.sack_permitted = segment.sack_ok.value_or(false);
  if (segment.sack) {
    for (const auto& [begin, end] : *segment.sack) {
      in.options.sack[in.options.sack_count++] = {(iss_ + begin).value(), (iss_ + end).value()};
    }
  }
  connection_->on_segment(in, now_);
  check();
}

Seg TcpHost::sends(std::size_t max_text) {
  tcp::SegmentOut out;
  const bool expected = connection_->has_output(now_);
  const bool sent = connection_->poll_segment(out, max_text, now_);
  ZSOCK_CHECK(sent == expected);
  check();
  return sent ? describe(out) : kNothing;
}

std::vector<Seg> TcpHost::sends_all(std::size_t max_text) {
  std::vector<Seg> all;
  for (Seg segment = sends(max_text); segment.flags != kNothing.flags; segment = sends(max_text)) {
    all.push_back(segment);
  }
  return all;
}

Seg TcpHost::describe(const tcp::SegmentOut& out) const {
  Seg segment{.flags = format_flags(out.flags),
              .seq = out.seq.value() - iss_.value(),
              .win = out.window,
              .text = text_of(out.text[0]) + text_of(out.text[1]),
              .mss = out.options.max_segment_size,
              .ws = out.options.window_scale,
              .merged = out.max_segment};
  if (out.has(wire::tcp_flag::kAck)) segment.ack = out.ack.value() - irs_.value();
  if (out.has(wire::tcp_flag::kUrg)) segment.urg = out.urgent;
  segment.sack_ok = out.options.sack_permitted;
  segment.sack.emplace();
  for (std::size_t i = 0; i < out.options.sack_count; ++i) {
    const wire::TcpSackBlock block = out.options.sack[i];
    segment.sack->emplace_back(block.begin - irs_.value(), block.end - irs_.value());
  }
  if (out.options.timestamps) {
    segment.ts = Ts{.val = out.options.timestamps->value, .ecr = out.options.timestamps->echo};
  }
  return segment;
}

// --- The application -----------------------------------------------------------------------------

void TcpHost::writes(std::string_view text) {
  for (const char c : text) {
    transmit_[static_cast<std::size_t>(written_++) & (transmit_.size() - 1)] =
        static_cast<std::byte>(c);
  }
  ZSOCK_CHECK(connection_->written(written_, now_));
  check();
}

void TcpHost::writes(std::size_t octets) {
  writes(pattern(written_, octets));
}

std::string TcpHost::reads(std::size_t most) {
  std::string text;
  while (text.size() < most && read_ < connection_->receive_tail()) {
    text += static_cast<char>(receive_[static_cast<std::size_t>(read_++) & (receive_.size() - 1)]);
  }
  ZSOCK_CHECK(connection_->consumed(read_, now_));
  check();
  return text;
}

void TcpHost::shuts_down() {
  connection_->shutdown_send(now_);
  check();
}

void TcpHost::closes() {
  connection_->close(now_);
  check();
}

void TcpHost::sets(const tcp::SocketOptions& options) {
  connection_->set_options(options, now_);
  check();
}

// --- Time ----------------------------------------------------------------------------------------

void TcpHost::advance(Duration duration) {
  const Instant end = now_ + duration;
  for (auto due = connection_->deadline(); due && *due <= end; due = connection_->deadline()) {
    now_ = std::max(now_, *due);
    connection_->on_deadline(now_);
    check();
  }
  now_ = end;
}

std::vector<TcpHost::Sent> TcpHost::run(Duration duration) {
  std::vector<Sent> sent;
  const Instant start = now_;
  const Instant end = now_ + duration;
  const auto pull = [&] {
    for (const Seg& segment : sends_all()) sent.push_back({.at = now_ - start, .segment = segment});
  };
  pull();
  for (auto due = connection_->deadline(); due && *due <= end; due = connection_->deadline()) {
    now_ = std::max(now_, *due);
    connection_->on_deadline(now_);
    check();
    pull();
  }
  now_ = end;
  return sent;
}

Duration TcpHost::until_deadline() const {
  const auto due = connection_->deadline();
  return due ? *due - now_ : Duration::max();
}

}  // namespace zsock::test
