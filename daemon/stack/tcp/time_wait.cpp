#include "daemon/stack/tcp/time_wait.h"

#include "daemon/stack/tcp/isn.h"

namespace zsock::tcp {
namespace {

using namespace wire::tcp_flag;  // NOLINT(google-build-using-namespace): flag names only

/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
SegmentOut acknowledgment(const TimeWaitInfo& info, Instant now) {
  SegmentOut segment{
      .seq = info.send_next, .ack = info.receive_next, .flags = kAck, .window = info.window};
  if (info.timestamps) {
    segment.options.timestamps = wire::TcpTimestamps{
        .value = timestamp_value(now, info.timestamp_offset), .echo = info.peer_timestamp};
  }
  return segment;
}

/// RFC 7323 5.3: a segment of an older time, or without the agreed option.
bool fails_timestamps(const TimeWaitInfo& info, const Segment& segment) {
  if (!info.timestamps) return false;
  return !segment.options.timestamps ||
         Seq{segment.options.timestamps->value}.before(Seq{info.peer_timestamp});
}

}  // namespace

TimeWaitTable::TimeWaitTable(const Config& config, Counters& counters, const SipKey& key)
    : config_(&config), counters_(&counters), by_flow_(0, FlowHash{key}) {}

std::optional<wire::Flow> TimeWaitTable::insert(const wire::Flow& flow, const TimeWaitInfo& info,
                                                Instant now) {
  erase(flow);
  if (config_->time_wait_limit == 0) {
    ++counters_->drop_tcp_time_wait_full;
    return flow;
  }
  std::optional<wire::Flow> evicted;
  if (size() >= config_->time_wait_limit) {
    ++counters_->drop_tcp_time_wait_full;
    evicted = order_.front().flow;
    erase(order_.front().flow);
  }
  order_.push_back({.flow = flow, .info = info, .expires = now + config_->time_wait});
  by_flow_.emplace(flow, std::prev(order_.end()));
  return evicted;
}

bool TimeWaitTable::contains(const wire::Flow& flow) const {
  return by_flow_.contains(flow);
}

void TimeWaitTable::erase(const wire::Flow& flow) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return;
  const Order::iterator entry = found->second;
  by_flow_.erase(found);
  order_.erase(entry);
}

TimeWaitTable::Outcome TimeWaitTable::on_segment(const wire::Flow& flow, const Segment& segment,
                                                 Instant now) {
  const auto found = by_flow_.find(flow);
  ZSOCK_CHECK(found != by_flow_.end());
  const Order::iterator entry = found->second;
  TimeWaitInfo& info = entry->info;
  if (may_reuse(*entry, segment)) {
    const Seq next_iss = info.send_next;
    erase(entry->flow);
    return {.verdict = Verdict::reusable, .next_iss = next_iss};
  }
  // RFC 1337 3, fix (a): a reset does not end TIME-WAIT.
  if (segment.has(kRst)) return {};
  if (segment.has(kSyn)) return {.reply = challenge(*entry, now)};  // RFC 5961 4.2
  if (fails_timestamps(info, segment)) {
    ++counters_->tcp_paws_rejected;
    return {.reply = segment.options.timestamps ? challenge(*entry, now) : std::nullopt};
  }
  if (!segment.has(kAck)) {
    ++counters_->drop_tcp_invalid_ack;
    return {};
  }
  const bool ends_the_stream = segment.seq + segment.length() == info.receive_next;
  // RFC 5961 5: an ACK of what was never sent. Text, or an ACK out of place: RFC 9293 3.10.7.4,
  // first step; not often, since the peer may be in TIME-WAIT, too.
  if (segment.ack.after(info.send_next) || !ends_the_stream) {
    ++counters_->drop_tcp_out_of_window;
    return {.reply = challenge(*entry, now)};
  }
  if (segment.options.timestamps) info.peer_timestamp = segment.options.timestamps->value;
  if (!segment.has(kFin)) return {};
  // RFC 9293 3.10.7.4: a retransmission of the remote FIN; acknowledge it, restart 2 MSL.
  restart(entry, now);
  return {.reply = acknowledgment(info, now)};
}

/// RFC 6191 2, with RFC 9293 3.10.7.4 where there are no timestamps.
bool TimeWaitTable::may_reuse(const Entry& entry, const Segment& segment) const {
  if (!segment.has(kSyn) || segment.has(kAck) || segment.has(kRst)) return false;
  const TimeWaitInfo& info = entry.info;
  const bool beyond = segment.seq.after(info.receive_next);
  if (!config_->timestamps || !segment.options.timestamps) return beyond;
  if (!info.timestamps) return true;
  const Seq timestamp{segment.options.timestamps->value};
  const Seq recent{info.peer_timestamp};
  return timestamp.after(recent) || (timestamp == recent && beyond);
}

std::optional<SegmentOut> TimeWaitTable::challenge(Entry& entry, Instant now) const {
  if (entry.last_ack && now - *entry.last_ack < config_->invalid_ack_interval) return std::nullopt;
  entry.last_ack = now;
  ++counters_->tcp_challenge_acks;
  return acknowledgment(entry.info, now);
}

void TimeWaitTable::restart(Order::iterator entry, Instant now) {
  entry->expires = now + config_->time_wait;
  order_.splice(order_.end(), order_, entry);
}

std::optional<Instant> TimeWaitTable::deadline() const {
  if (order_.empty()) return std::nullopt;
  return order_.front().expires;
}

std::vector<wire::Flow> TimeWaitTable::on_deadline(Instant now) {
  std::vector<wire::Flow> over;
  while (!order_.empty() && order_.front().expires <= now) {
    over.push_back(order_.front().flow);
    erase(over.back());
  }
  return over;
}

void TimeWaitTable::check_invariants() const {
  Instant last = Instant::min();
  for (const Entry& entry : order_) {
    ZSOCK_CHECK(entry.expires >= last && by_flow_.contains(entry.flow));
    last = entry.expires;
  }
  ZSOCK_CHECK(order_.size() == by_flow_.size());
}

}  // namespace zsock::tcp
