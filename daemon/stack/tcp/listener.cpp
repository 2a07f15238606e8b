#include "daemon/stack/tcp/listener.h"

#include <algorithm>

#include "daemon/stack/tcp/ecn.h"

namespace zsock::tcp {
namespace {

using namespace wire::tcp_flag;  // NOLINT(google-build-using-namespace): flag names only

constexpr std::uint8_t kMaxScale = 14;           // RFC 7323 2.3
constexpr std::uint16_t kDefaultMss4 = 536;      // RFC 9293 3.7.1
constexpr std::uint16_t kDefaultMss6 = 1220;     // RFC 9293 3.7.1
constexpr std::uint32_t kReuseDistance = 65536;  // an ISS after TIME-WAIT lies at least so far on

Seq receive_next(const HalfOpen& half_open) {
  return half_open.irs + 1;
}
Seq send_next(const HalfOpen& half_open) {
  return half_open.iss + 1;
}

/// RFC 9293 3.10.7.4, first step; the window of a half-open connection is never zero for long
/// enough to matter, but the rule is the whole one.
bool acceptable(const Segment& segment, Seq next, std::uint32_t window) {
  const auto inside = [&](Seq seq) {
    return seq.after_or_at(next) && distance(next, seq) < window;
  };
  const std::uint32_t length = segment.length();
  if (window == 0) return length == 0 && segment.seq == next;
  if (length == 0) return inside(segment.seq);
  return inside(segment.seq) || inside(segment.seq + (length - 1));
}

std::optional<wire::TcpTimestamps> timestamps(const HalfOpen& half_open, Instant now) {
  if (!half_open.timestamps) return std::nullopt;
  return wire::TcpTimestamps{.value = timestamp_value(now, half_open.timestamp_offset),
                             .echo = half_open.peer_timestamp};
}

/// RFC 7323 3.2 and 5.3: is the segment one of an older time, or without the agreed option?
bool fails_timestamps(const HalfOpen& half_open, const Segment& segment) {
  if (!half_open.timestamps || segment.has(kRst)) return false;
  return !segment.options.timestamps ||
         Seq{segment.options.timestamps->value}.before(Seq{half_open.peer_timestamp});
}

bool is_same_syn(const HalfOpen& half_open, const Segment& segment) {
  return segment.has(kSyn) && !segment.has(kAck) && !segment.has(kRst) &&
         segment.seq == half_open.irs;
}

std::uint16_t peer_mss(const wire::Flow& flow, const Segment& segment, const Config& config) {
  const std::uint16_t fallback = flow.remote.address.is_v4() ? kDefaultMss4 : kDefaultMss6;
  return std::max(segment.options.max_segment_size.value_or(fallback), config.min_peer_mss);
}

}  // namespace

std::uint8_t window_scale_for(std::uint32_t receive_limit) {
  std::uint8_t scale = 0;
  while (scale < kMaxScale && (receive_limit >> scale) > 0xffffU) ++scale;
  return scale;
}

std::optional<SegmentOut> reset_for(const Segment& segment) {
  if (segment.has(kRst)) return std::nullopt;
  if (segment.has(kAck)) return SegmentOut{.seq = segment.ack, .flags = kRst};
  return SegmentOut{.ack = segment.seq + segment.length(), .flags = kRst | kAck};
}

Listener::Listener(const Config& config, Counters& counters, const IsnGenerator& isn,
                   std::size_t backlog)
    : config_(&config),
      counters_(&counters),
      isn_(&isn),
      backlog_(backlog),
      stages_(config.syn_ack_retries + 1) {
  // RFC 6298 5.5: the timeout doubles; so the waits end 1, 3, 7, 15, 31 s after the first SYN-ACK.
  Duration timeout = config.initial_rto;
  Duration elapsed{};
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    elapsed += timeout;
    due_.push_back(elapsed);
    timeout = std::min(timeout * 2, config.max_rto);
  }
}

Listener::Outcome Listener::on_segment(const wire::Flow& flow, const Segment& segment,
                                       const ListenPath& path, bool accept_queue_full,
                                       Instant now) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return on_listen(flow, segment, path, accept_queue_full, now);
  return on_half_open(found->second, segment, path, accept_queue_full, now);
}

// RFC 9293 3.10.7.2, in its order.
Listener::Outcome Listener::on_listen(const wire::Flow& flow, const Segment& segment,
                                      const ListenPath& path, bool accept_queue_full, Instant now) {
  if (segment.has(kRst)) return {};
  if (segment.has(kAck)) return on_stray_ack(flow, segment, path, accept_queue_full, now);
  if (!segment.has(kSyn)) {
    ++counters_->drop_tcp_invalid_ack;
    return {};
  }
  if (accept_queue_full) {
    ++counters_->drop_tcp_listen_queue_full;
    return {};
  }
  if (queue_full(path)) return answer_with_cookie(flow, segment, path, now);
  // Text and FIN of the SYN are not kept: the peer sends them again.
  Stage& first = stages_.front();
  first.push_back(make_entry(flow, segment, path, now));
  by_flow_.emplace(flow, std::prev(first.end()));
  HalfOpen& half_open = first.back().half_open;
  const auto cookie = judge_cookie(first.back(), segment, path, now);
  half_open.gives_cookie =
      cookie == FastOpenKey::Verdict::none || cookie == FastOpenKey::Verdict::old;
  half_open.early = cookie == FastOpenKey::Verdict::old || cookie == FastOpenKey::Verdict::fresh;
  if (half_open.early && path.fast_open == ListenPath::FastOpen::ready) {
    return {.verdict = Verdict::early};
  }
  if (half_open.early) ++counters_->drop_tcp_fast_open_full;
  half_open.early = false;
  return {.reply = syn_ack(first.back(), now)};
}

/// RFC 7413 4.2.1. Who asks for a cookie, or shows a wrong one, is given one.
FastOpenKey::Verdict Listener::judge_cookie(const Entry& entry, const Segment& syn,
                                            const ListenPath& path, Instant now) const {
  const auto& option = syn.options.fast_open;
  const bool wanted = path.fast_open != ListenPath::FastOpen::off && option && !path.beyond;
  if (!wanted) return FastOpenKey::Verdict::not_asked;
  return isn_->fast_open().check(entry.flow, *option, now);
}

bool Listener::queue_full(const ListenPath& path) const {
  return half_open() >= config_->syn_backlog || path.half_open_total >= config_->syn_backlog_total;
}

Listener::Outcome Listener::answer_with_cookie(const wire::Flow& flow, const Segment& segment,
                                               const ListenPath& path, Instant now) {
  // After TIME-WAIT the ISS must lie beyond another (RFC 6191), which a cookie cannot promise.
  if (!config_->syn_cookies || path.beyond) {
    ++counters_->drop_tcp_syn_queue_full;
    return {};
  }
  Entry entry = make_entry(flow, segment, path, now);
  HalfOpen& half_open = entry.half_open;
  half_open.iss = isn_->cookies().make(flow, half_open.irs, half_open.peer_mss, now);
  if (!half_open.timestamps) half_open.window_scaling = half_open.sack = half_open.ecn = false;
  Reply reply = syn_ack(entry, now);
  if (half_open.timestamps) {
    SynCookies::Extras extras{.sack = half_open.sack, .ecn = half_open.ecn};
    if (half_open.window_scaling) extras.window_scale = half_open.peer_scale;
    std::uint32_t& value = reply.segment.options.timestamps->value;
    value = SynCookies::mark(value, extras);
  }
  cookie_sent_ = now;
  ++counters_->tcp_syn_cookies_sent;
  return {.reply = reply};
}

Listener::Outcome Listener::on_stray_ack(const wire::Flow& flow, const Segment& segment,
                                         const ListenPath& path, bool accept_queue_full,
                                         Instant now) {
  const bool expected = cookie_sent_ && now - *cookie_sent_ < SynCookies::kLifetime;
  if (!expected || segment.has(kSyn)) return {.verdict = Verdict::reset};
  const auto mss = isn_->cookies().check(flow, segment.seq - 1, segment.ack - 1, now);
  if (!mss) return {.verdict = Verdict::reset};
  Stage& first = stages_.front();
  first.push_back(entry_from_cookie(flow, segment, *mss, path, now));
  const auto entry = std::prev(first.end());
  by_flow_.emplace(flow, entry);
  const Outcome outcome = on_half_open(entry, segment, path, accept_queue_full, now);
  if (outcome.verdict == Verdict::complete) {
    ++counters_->tcp_syn_cookies_taken;
  } else {
    remove(entry);
  }
  return outcome;
}

Listener::Entry Listener::entry_from_cookie(const wire::Flow& flow, const Segment& ack,
                                            std::uint16_t peer_mss, const ListenPath& path,
                                            Instant now) const {
  // The SYN, as far as the cookie tells.
  Segment syn{.seq = ack.seq - 1, .flags = kSyn, .window = ack.window};
  syn.options.max_segment_size = peer_mss;
  if (ack.options.timestamps) {
    const auto extras = SynCookies::read_mark(ack.options.timestamps->echo);
    syn.options.timestamps = ack.options.timestamps;
    syn.options.window_scale = extras.window_scale;
    syn.options.sack_permitted = extras.sack;
    if (extras.ecn) syn.flags |= kEce | kCwr;
  }
  Entry entry = make_entry(flow, syn, path, now);
  entry.half_open.iss = ack.ack - 1;
  entry.half_open.from_cookie = true;
  return entry;
}

Listener::Entry Listener::make_entry(const wire::Flow& flow, const Segment& segment,
                                     const ListenPath& path, Instant now) const {
  Seq iss = isn_->initial_sequence(flow, now);
  if (path.beyond && !iss.after(*path.beyond)) iss = *path.beyond + kReuseDistance;
  HalfOpen half_open{.iss = iss,
                     .irs = segment.seq,
                     .timestamp_offset = isn_->timestamp_offset(flow),
                     .peer_mss = peer_mss(flow, segment, *config_),
                     .local_mss = path.local_mss,
                     .peer_window = segment.window,
                     .syn_ack_sent = now};
  if (config_->window_scaling && segment.options.window_scale) {
    half_open.window_scaling = true;
    half_open.peer_scale = std::min(*segment.options.window_scale, kMaxScale);
    half_open.local_scale = window_scale_for(path.receive_limit);
  }
  half_open.sack = config_->sack && segment.options.sack_permitted;
  half_open.ecn = config_->ecn != EcnMode::off && offers_ecn(segment.flags);
  if (config_->timestamps && segment.options.timestamps) {
    half_open.timestamps = true;
    half_open.peer_timestamp = segment.options.timestamps->value;
  }
  const std::size_t window =
      std::min({std::size_t{path.receive_limit}, path.receive_buffer, std::size_t{0xffff}});
  return {.flow = flow, .half_open = half_open, .window = static_cast<std::uint16_t>(window)};
}

Reply Listener::syn_ack(const Entry& entry, Instant now) const {
  const HalfOpen& half_open = entry.half_open;
  SegmentOut segment{.seq = half_open.iss,
                     .ack = receive_next(half_open),
                     .flags = kSyn | kAck,
                     .window = entry.window};
  segment.options.max_segment_size = half_open.local_mss;
  segment.options.sack_permitted = half_open.sack;
  if (half_open.window_scaling) segment.options.window_scale = half_open.local_scale;
  segment.options.timestamps = timestamps(half_open, now);
  if (half_open.ecn) segment.flags |= kEce;
  if (half_open.gives_cookie) segment.options.fast_open = isn_->fast_open().make(entry.flow, now);
  return {.flow = entry.flow, .segment = segment};
}

// SYN-RECEIVED after a passive open: RFC 9293 3.10.7.4, in its order.
Listener::Outcome Listener::on_half_open(Stage::iterator entry, const Segment& segment,
                                         const ListenPath& path, bool accept_queue_full,
                                         Instant now) {
  HalfOpen& half_open = entry->half_open;
  if (is_same_syn(half_open, segment)) {
    // The peer has not seen our SYN-ACK: again.
    if (segment.options.timestamps) half_open.peer_timestamp = segment.options.timestamps->value;
    // RFC 3168 6.1.1.1: the peer has fallen back.
    half_open.ecn = half_open.ecn && offers_ecn(segment.flags);
    return {.reply = syn_ack(*entry, now)};
  }
  if (fails_timestamps(half_open, segment)) {
    ++counters_->tcp_paws_rejected;
    return segment.options.timestamps ? challenge(*entry, now) : Outcome{};
  }
  if (!acceptable(segment, receive_next(half_open), entry->window)) {
    ++counters_->drop_tcp_out_of_window;
    return segment.has(kRst) ? Outcome{} : challenge(*entry, now);
  }
  if (segment.has(kRst)) {
    // RFC 5961 3.2: only an exact one is believed; back to LISTEN.
    if (segment.seq != receive_next(half_open)) return challenge(*entry, now);
    ++counters_->tcp_failed_opens;
    remove(entry);
    return {};
  }
  if (segment.has(kSyn)) return challenge(*entry, now);  // RFC 5961 4.2
  if (!segment.has(kAck)) {
    ++counters_->drop_tcp_invalid_ack;
    return {};
  }
  if (segment.ack != send_next(half_open)) return {.verdict = Verdict::reset};
  if (segment.length() == 0 && half_open.retransmits < path.defer_accept) {
    entry->deferred = path.defer_accept;  // TCP_DEFER_ACCEPT: the text will complete it
    return {};
  }
  if (accept_queue_full) {
    ++counters_->drop_tcp_listen_queue_full;
    return {};
  }
  return {.verdict = Verdict::complete};
}

/// RFC 5961 7: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, not often.
Listener::Outcome Listener::challenge(Entry& entry, Instant now) const {
  if (entry.last_ack && now - *entry.last_ack < config_->invalid_ack_interval) return {};
  entry.last_ack = now;
  ++counters_->tcp_challenge_acks;
  const HalfOpen& half_open = entry.half_open;
  SegmentOut segment{.seq = send_next(half_open),
                     .ack = receive_next(half_open),
                     .flags = kAck,
                     .window = static_cast<std::uint16_t>(entry.window >> half_open.local_scale)};
  segment.options.timestamps = timestamps(half_open, now);
  return {.reply = Reply{.flow = entry.flow, .segment = segment}};
}

HalfOpen Listener::take(const wire::Flow& flow) {
  const auto found = by_flow_.find(flow);
  ZSOCK_CHECK(found != by_flow_.end());
  const HalfOpen half_open = found->second->half_open;
  remove(found->second);
  return half_open;
}

void Listener::remove(Stage::iterator entry) {
  by_flow_.erase(entry->flow);
  stages_[entry->half_open.retransmits].erase(entry);
}

std::optional<Instant> Listener::deadline() const {
  std::optional<Instant> earliest;
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    if (stages_[stage].empty()) continue;
    const Instant due = stages_[stage].front().half_open.syn_ack_sent + due_[stage];
    if (!earliest || due < *earliest) earliest = due;
  }
  return earliest;
}

bool Listener::is_due(std::size_t stage, Instant now) const {
  const Stage& entries = stages_[stage];
  return !entries.empty() && entries.front().half_open.syn_ack_sent + due_[stage] <= now;
}

std::vector<Reply> Listener::on_deadline(Instant now) {
  std::vector<Reply> replies;
  // Last stage first: an entry that is late for two stages moves one step a call.
  for (std::size_t stage = stages_.size(); stage-- > 0;) {
    while (is_due(stage, now)) {
      if (const auto reply = advance_first(stage, now)) replies.push_back(*reply);
    }
  }
  return replies;
}

std::optional<Reply> Listener::advance_first(std::size_t stage, Instant now) {
  const auto entry = stages_[stage].begin();
  if (stage + 1 == stages_.size()) {
    ++counters_->tcp_failed_opens;
    remove(entry);
    return std::nullopt;
  }
  ++entry->half_open.retransmits;
  stages_[stage + 1].splice(stages_[stage + 1].end(), stages_[stage], entry);
  if (entry->half_open.retransmits < entry->deferred) return std::nullopt;
  ++counters_->tcp_retransmits;
  return syn_ack(*entry, now);
}

void Listener::check_invariants() const {
  std::size_t count = 0;
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    Instant last = Instant::min();
    for (const Entry& entry : stages_[stage]) {
      ZSOCK_CHECK(entry.half_open.retransmits == stage && entry.half_open.syn_ack_sent >= last);
      ZSOCK_CHECK(by_flow_.contains(entry.flow));
      last = entry.half_open.syn_ack_sent;
    }
    count += stages_[stage].size();
  }
  ZSOCK_CHECK(count == by_flow_.size());
}

}  // namespace zsock::tcp
