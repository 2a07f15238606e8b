#pragma once
/// \file
/// Device around a Device: shows every frame that passes, as a capture file and as text.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/device.h"

namespace zsock::drivers {

/// Takes one line of text, without line end.
using LineSink = std::function<void(std::string_view)>;

struct TraceOptions {
  std::string pcap_path{};  ///< empty: no file
  Duration wall_offset{};   ///< wall clock minus stack time, for the file's microseconds
  LineSink line_sink{};     ///< empty: no text
};

/// Records what `inner` receives and what it has taken to send. Super-frames are recorded as they
/// are, cut at 65,535 octets; checksums that a device is to complete show as incomplete.
/// Errors: the file cannot be created.
[[nodiscard]] Result<std::unique_ptr<Device>, OpenError> make_trace(std::unique_ptr<Device> inner,
                                                                    const TraceOptions& options);

/// One frame in the manner of tcpdump:
/// "192.0.2.1.80 > 198.51.100.2.4321: Flags [S.], seq 1, ack 2, win 3, length 0".
/// Any bytes will do.
[[nodiscard]] std::string describe_frame(ByteView frame);

}  // namespace zsock::drivers
