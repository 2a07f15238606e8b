#pragma once
/// \file
/// Device around a Device: what arrives as many TCP segments of one flow goes up as one frame, so
/// that a stack over a device without receive offload sees large segments, too.

#include <memory>

#include "drivers/device.h"

namespace zsock::drivers {

/// Joins text that follows on text where cutting the result again gives what came, but for the IPv4
/// identification, which means nothing once a packet is whole (RFC 6864 4.1). So all of link, IP
/// and TCP header must be equal, ECN (RFC 3168 5.3), acknowledgment, window and timestamps
/// included; checksums are right; only the last segment may be short or have PSH. Anything else of
/// a flow goes up as it came, after what has come before it. Nothing is held longer than `inner`
/// has frames at once.
[[nodiscard]] std::unique_ptr<Device> make_coalescing(std::unique_ptr<Device> inner);

}  // namespace zsock::drivers
