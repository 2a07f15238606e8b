#pragma once
/// \file
/// Link: one device and the stack's interface on it: frames in and out, a bounded number per turn.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/service.h"
#include "drivers/device.h"

namespace zsock::host {

class Link {
 public:
  /// Adds an interface with the configured addresses and gateways. Throws StartError (EX_CONFIG).
  /// \param service  outlives the link
  Link(std::unique_ptr<drivers::Device> device, Service& service, Instant now);

  [[nodiscard]] const drivers::Device& device() const { return *device_; }

  /// Has the device held frames back until now? Nothing becomes readable for those.
  [[nodiscard]] bool holds_due_frames(Instant now) const {
    const auto due = device_->next_deadline();
    return due && *due <= now;
  }
  /// Passes the time to devices that delay frames, and the device's MTU to the stack.
  void advance(Instant now);
  enum class Progress { done, more, lost };
  /// Takes frames from the device. done: there are none now; lost: the device is gone.
  Progress receive(Instant now);
  /// A frame of the device's, or one that came by another shard's queue.
  void take_in(const RxFrame& frame, Instant now);
  /// Sends what the stack has. done: it has no more, or the device is full (see blocked()).
  Progress transmit(Instant now);
  /// Frames taken and sent so far.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// The device must become writable first.
  [[nodiscard]] bool blocked() const { return held_.has_value(); }

 private:
  /// A frame that the device did not take, with its bytes: the stack's spans do not last.
  struct Held {
    TxFrame frame;
    std::vector<std::byte> payload;
  };
  enum class Sent { yes, no };
  Sent send(const TxFrame& frame);
  void hold(const TxFrame& frame);
  void configure(Instant now);
  [[nodiscard]] bool is_for_others(const RxFrame& frame, Instant now);
  [[nodiscard]] bool leaves_to_first(const TxFrame& frame) const;

  std::unique_ptr<drivers::Device> device_;
  Service* service_;
  InterfaceId interface_{};
  std::uint16_t mtu_ = 0;
  Instant mtu_checked_{};
  std::vector<std::byte> buffer_;
  std::optional<Held> held_{};
  std::uint64_t frames_ = 0;
};

}  // namespace zsock::host
