#pragma once
/// \file
/// Device around a Device: a bad link in both directions.

#include <memory>

#include "drivers/device.h"
#include "drivers/impairment.h"

namespace zsock::drivers {

/// Impairs what `inner` sends and receives. Super-frames are cut first, merged ones likewise, so
/// that each real frame meets its own fate; nothing is then left to offload. Time comes with
/// advance(); send() always takes the frame: a full queue drops, as a router does.
[[nodiscard]] std::unique_ptr<Device> make_fault(std::unique_ptr<Device> inner,
                                                 const FaultOptions& options);

}  // namespace zsock::drivers
