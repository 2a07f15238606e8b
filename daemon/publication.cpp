#include "daemon/publication.h"

#include "libzsock/ipc/layout.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;

std::uint32_t flags_of(const SocketStatus& status) {
  std::uint32_t flags = 0;
  if (status.kind != SocketKind::tcp) flags |= flag::kDatagram;
  if (status.listening) flags |= flag::kListening;
  if (status.connecting) flags |= flag::kConnecting;
  if (status.waits_for_text) flags |= flag::kWaitsForText;
  if (status.connected) flags |= flag::kConnected;
  if (status.receive_closed) flags |= flag::kReceiveClosed;
  if (status.transmit_closed) flags |= flag::kTransmitClosed;
  if (status.failed) flags |= flag::kFailed;
  if (status.fin_acknowledged) flags |= flag::kOurFinAcknowledged;
  if (status.soft_error) flags |= flag::kSoftError;
  if (status.queued_error) flags |= flag::kQueuedError;
  if (status.unsent_limit != 0) flags |= flag::kLimitsUnsent;
  return flags;
}

EndAction end_action(const SocketStatus& status, std::uint32_t flags, std::uint32_t before) {
  const bool stream = status.kind == SocketKind::tcp && !status.listening;
  const bool was_connected = ((flags | before) & flag::kConnected) != 0;
  if (stream && status.failed && was_connected) return EndAction::close_reset;
  if (stream && !status.failed && status.receive_closed && status.fin_acknowledged) {
    return EndAction::close_clean;
  }
  const bool newly_closed = ((flags & ~before) & flag::kReceiveClosed) != 0;
  if (newly_closed && !status.failed) return EndAction::shut_down_writing;
  return EndAction::none;
}

}  // namespace

Publication plan_publication(const SocketStatus& status, const Shown& before, bool new_error) {
  Publication plan;
  plan.shown.flags = flags_of(status) | (before.flags & (flag::kBound | flag::kStreaming));
  plan.shown.receive_tail = status.receive_tail;
  plan.shown.transmit_head = status.transmit_head;
  plan.shown.notify_position = status.notify_position;
  plan.shown.urgent_mark = status.urgent_mark ? *status.urgent_mark + 1 : 0;
  plan.shown.transmit_next = status.transmit_next;
  plan.shown.unsent_limit = status.unsent_limit;

  const std::uint32_t appeared = plan.shown.flags & ~before.flags;
  plan.new_data = status.receive_tail != before.receive_tail;
  plan.token = new_error || (appeared & (flag::kFailed | flag::kQueuedError)) != 0 ||
               plan.shown.urgent_mark != before.urgent_mark;
  plan.take_plug = ((before.flags & flag::kConnecting) != 0 && !status.connecting) ||
                   (appeared & flag::kWaitsForText) != 0;
  plan.end = end_action(status, plan.shown.flags, before.flags);
  if (plan.end == EndAction::close_clean || plan.end == EndAction::close_reset) {
    plan.shown.flags |= flag::kDetached;
  }
  return plan;
}

bool worth_waking_writer(std::uint64_t transmit_head, std::uint64_t transmit_tail,
                         std::uint64_t capacity) {
  const std::uint64_t unsent = transmit_tail - transmit_head;
  return unsent <= capacity && (capacity - unsent) * 3 >= capacity;
}

}  // namespace zsock::host
