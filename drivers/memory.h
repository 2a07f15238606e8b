#pragma once
/// \file
/// An in-process wire with two ends, for tests and for a daemon without a network.

#include <cstddef>
#include <memory>

#include "drivers/device.h"
#include "drivers/offload.h"

namespace zsock::drivers {

struct MemoryOptions {
  std::uint16_t mtu = 1500;
  std::size_t queue_frames = 1024;  ///< frames under way in each direction; more: send() says full
  Offload offload = Offload::off;  ///< on: super-frames and partial checksums cross as they are, as
                                   ///< between a TAP and the kernel
  wire::MacAddr left{{0x02, 0, 0, 0, 0, 0x01}};
  wire::MacAddr right{{0x02, 0, 0, 0, 0, 0x02}};
};

struct MemoryWire {
  std::unique_ptr<Device> left;
  std::unique_ptr<Device> right;
};

/// Two connected devices. Each may be destroyed first; frames sent to nobody vanish.
/// send() errors: resource_unavailable_try_again, message_size (longer than the MTU allows).
[[nodiscard]] MemoryWire make_memory_wire(const MemoryOptions& options);

/// `left` with nobody at the other end.
[[nodiscard]] std::unique_ptr<Device> make_memory_device(const MemoryOptions& options);

}  // namespace zsock::drivers
