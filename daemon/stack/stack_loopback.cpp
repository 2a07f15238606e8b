/// \file
/// Traffic of the stack with itself, to the loopback and to its own addresses. It never becomes a
/// frame of a device.

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

constexpr std::size_t kBudget =
    64;  ///< packets per poll_transmit, so that a loop inside cannot hold the host

}  // namespace

bool Stack::State::loopback_pending() const {
  return !ready[kLoopbackInterface.value].empty();
}

void Stack::State::pump_loopback(Instant now) {
  if (!loopback_pending() && !ip.has_output(kLoopbackInterface)) return;
  TxFrame frame;
  for (std::size_t i = 0; i < kBudget; ++i) {
    frame.header_size = 0;
    frame.payload_parts = 0;
    if (!ip.poll_transmit(kLoopbackInterface, frame, now) &&
        !transmit_ready(kLoopbackInterface, frame, now)) {
      return;
    }
    if (frame.header_size == 0 && frame.payload_parts == 0) continue;  // TCP has handed it over
    MutableBytes out{loopback_packet};
    copy_bytes(out, frame.header_bytes());
    std::size_t size = frame.header_size;
    for (std::size_t part = 0; part < frame.payload_parts; ++part) {
      copy_bytes(out.subspan(size), frame.payload[part]);
      size += frame.payload[part].size();
    }
    take(kLoopbackInterface, {.bytes = out.first(size), .checksum_verified = true}, now);
  }
}

void Stack::State::tcp_hand_over(const wire::Flow& flow, const tcp::SegmentOut& segment,
                                 Instant now) {
  ++counters.tcp_segments_in;
  if (!ip.is_local(flow.remote.address)) {  // no longer
    ++(flow.remote.address.is_v4() ? counters.drop_ipv4_bad_destination
                                   : counters.drop_ipv6_bad_destination);
    return;
  }
  tcp::Segment in{.seq = segment.seq,
                  .ack = segment.ack,
                  .flags = segment.flags,
                  .window = segment.window,
                  .urgent = segment.urgent,
                  .options = segment.options,
                  .text = segment.text[0]};
  if (!segment.text[1].empty()) {  // it wraps in its ring
    const MutableBytes whole = MutableBytes{loopback_packet}.first(segment.text_size());
    copy_bytes(whole, segment.text[0]);
    copy_bytes(whole.subspan(segment.text[0].size()), segment.text[1]);
    in.text = whole;
  }
  const auto seen = [](const wire::Endpoint& end) {
    return wire::Endpoint{end.address, end.port, scope_of(end.address, kLoopbackInterface)};
  };
  tcp_deliver({seen(flow.remote), seen(flow.local)}, in, now);
}

}  // namespace zsock
