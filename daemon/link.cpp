#include "daemon/link.h"

#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "daemon/os.h"
#include "daemon/report.h"
#include "daemon/stack/steering.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

/// Octets received before readers hear of them: they should still be in a cache when they are read.
constexpr std::size_t kReceiveOctets = std::size_t{256} << 10U;

/// How often the device is asked for its MTU while there is something to do.
constexpr Duration kMtuInterval = std::chrono::seconds{1};

bool is_full(const std::error_code& error) {
  return error == std::errc::resource_unavailable_try_again;
}

[[noreturn]] void refuse(const std::string& what, SockError error) {
  throw StartError(EX_CONFIG, what + ": " + std::strerror(ipc::to_errno(error)));
}

}  // namespace

Link::Link(std::unique_ptr<drivers::Device> device, Service& service, Instant now)
    : device_(std::move(device)), service_(&service), buffer_(drivers::kReceiveBufferOctets) {
  configure(now);
}

void Link::configure(Instant now) {
  Stack& stack = service_->stack();
  const drivers::DeviceInfo info = device_->info();
  mtu_ = info.mtu;
  mtu_checked_ = now;
  service_->set_device(info);
  interface_ = stack.add_interface({.mac = info.mac,
                                    .mtu = info.mtu,
                                    .max_segmentation = info.max_segmentation,
                                    .datagram_segmentation = info.datagram_segmentation,
                                    .autoconfiguration = service_->config().autoconfiguration},
                                   now);
  const Config& config = service_->config();
  if (config.dhcp) stack.start_dhcp(interface_, now);
  for (const wire::Cidr& address : config.addresses) {
    const auto outcome = stack.add_address(interface_, address, now);
    if (!outcome) refuse("address " + address.to_string(), outcome.error());
  }
  for (const wire::IpAddress& gateway : config.gateways) {
    const wire::Cidr everywhere{wire::IpAddress::any(gateway.family()), 0};
    const auto outcome = stack.add_route(everywhere, gateway);
    if (!outcome) refuse("gateway " + gateway.to_string(), outcome.error());
  }
}

void Link::advance(Instant now) {
  device_->advance(now);
  if (now - mtu_checked_ < kMtuInterval) return;
  mtu_checked_ = now;
  const drivers::DeviceInfo info = device_->info();
  if (info.mtu == mtu_) return;
  const auto changed = service_->stack().set_mtu(interface_, info.mtu, now);
  log_info("mtu of " + info.name + " is " + std::to_string(info.mtu) +
           (changed ? "" : ": too small, the stack's stays as it was"));
  mtu_ = info.mtu;
  if (changed) service_->set_device(info);
}

Link::Progress Link::receive(Instant now) {
  advance(now);
  const HostConfig& host = service_->config().host;
  const std::size_t most = std::min(host.turn_octets, kReceiveOctets);
  std::size_t octets = 0;
  for (std::size_t i = 0; i < host.turn_frames && octets < most; ++i) {
    const auto frame = device_->receive(buffer_);
    if (!frame) {
      if (is_full(frame.error())) return Progress::done;
      log_error("device " + device_->info().name + ": " + frame.error().message());
      return Progress::lost;
    }
    octets += frame->bytes.size();
    if (is_for_others(*frame, now)) {
      ++frames_;
    } else {
      take_in(*frame, now);
    }
  }
  return Progress::more;
}

void Link::take_in(const RxFrame& frame, Instant now) {
  ++frames_;
  service_->stack().receive(interface_, frame, now);
  // At once, so that a listener has rings for the next handshake of the same batch.
  service_->take_events(now);
}

/// Sees to it that other shards get what is theirs, or theirs as well.
bool Link::is_for_others(const RxFrame& frame, Instant now) {
  Shard* shard = service_->shard();
  if (shard == nullptr) return false;
  service_->open_mail(now);  // a listener comes before its first frame
  return !shard->sort(frame);
}

/// What every shard's stack has to say, the first one's says.
bool Link::leaves_to_first(const TxFrame& frame) const {
  return !service_->is_first_shard() && !sent_by_every_shard(frame);
}

Link::Progress Link::transmit(Instant now) {
  if (held_) {
    if (send(held_->frame) == Sent::no) return Progress::done;
    held_.reset();
  }
  TxFrame frame;  // NOLINT: poll_transmit fills it
  const HostConfig& host = service_->config().host;
  std::size_t octets = 0;
  for (std::size_t i = 0; i < host.turn_frames && octets < host.turn_octets; ++i) {
    if (!service_->stack().poll_transmit(interface_, frame, now)) return Progress::done;
    if (leaves_to_first(frame)) continue;
    if (send(frame) == Sent::no) {
      hold(frame);
      return Progress::done;
    }
    ++frames_;
    octets += frame.size();
  }
  return Progress::more;
}

/// Frames that the device cannot take for other reasons than being full are lost, as on a wire.
Link::Sent Link::send(const TxFrame& frame) {
  const auto outcome = device_->send(frame);
  return outcome || !is_full(outcome.error()) ? Sent::yes : Sent::no;
}

void Link::hold(const TxFrame& frame) {
  held_.emplace(Held{frame, {}});
  held_->payload.reserve(frame.payload_size());
  for (std::size_t i = 0; i < frame.payload_parts; ++i) {
    held_->payload.insert(held_->payload.end(), frame.payload[i].begin(), frame.payload[i].end());
  }
  held_->frame.payload = {ByteView(held_->payload)};
  held_->frame.payload_parts = held_->payload.empty() ? 0 : 1;
}

}  // namespace zsock::host
