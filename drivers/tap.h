#pragma once
/// \file
/// A Linux TAP device: the stack is one end of the cable, the kernel's interface the other.

#include <memory>
#include <optional>
#include <string>

#include "drivers/device.h"
#include "drivers/offload.h"

namespace zsock::drivers {

struct TapOptions {
  std::string name{};                  ///< 1..15 characters
  std::optional<std::uint16_t> mtu{};  ///< octets of an IP packet; the interface's own if absent
  std::optional<wire::MacAddr> mac{};  ///< the stack's end; random if absent
  Offload offload = Offload::on;       ///< on: with checksum and TCP segmentation offload, when
                                       ///< the kernel has it
  bool multi_queue = false;  ///< one of several devices on the interface, each a queue of its own
};

/// Attaches to the TAP interface, creating it when missing (then it goes away with the Device), and
/// sets it up. Needs CAP_NET_ADMIN, or a persistent interface that belongs to the user and is up.
/// Errors: no /dev/net/tun, no permission, interface busy or not a TAP, MTU refused, `mac` is a
/// group address or that of the kernel's end.
[[nodiscard]] Result<std::unique_ptr<Device>, OpenError> open_tap(const TapOptions& options);

}  // namespace zsock::drivers
