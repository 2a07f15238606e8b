#pragma once
/// \file
/// "tap:zs0,mtu=9000,trace=x.pcap,loss=0.01,seed=7" → an open Device with its wrappers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/device.h"
#include "drivers/impairment.h"
#include "drivers/offload.h"
#include "drivers/trace.h"
#include "drivers/xdp.h"

namespace zsock::drivers {

enum class DeviceKind : std::uint8_t { tap, memory, packet, xdp };

/// A device as the operator writes it: KIND:NAME[,OPTION=VALUE]…
///
/// | option                         | value                                                    |
/// |--------------------------------|----------------------------------------------------------|
/// | mtu                            | octets, 68..65521                                        |
/// | mac                            | the stack's address, 02:00:5e:00:53:01                   |
/// | offload                        | on, off: checksum and TCP segmentation by the device     |
/// | mode                           | xdp: zero-copy, copy, generic; the best there is         |
/// | rx-queue                       | xdp: of the NIC, 0..255                                  |
/// | trace                          | capture file (pcap)                                      |
/// | loss, dup, reorder, corrupt    | probability per frame, 0..1                              |
/// | delay, jitter                  | one way, 0..60 s: 20ms, 150us, 1s                        |
/// | rate                           | 1000bit..1000gbit per second: 64kbit, 100mbit, 1gbit     |
/// | queue                          | frames waiting or delayed per direction, 1..1000000      |
/// | seed                           | of the faults' chance, 0..2^64-1                         |
struct DeviceSpec {
  DeviceKind kind = DeviceKind::tap;
  std::string name{};
  std::optional<std::uint16_t> mtu{};
  std::optional<wire::MacAddr> mac{};
  Offload offload = Offload::on;
  XdpMode mode = XdpMode::best;
  std::uint32_t rx_queue = 0;
  std::string trace{};
  FaultOptions faults{};
};

/// Errors: one sentence that names the option which is unknown, doubled, malformed or out of range.
[[nodiscard]] Result<DeviceSpec, OpenError> parse_device_spec(std::string_view text);

/// What the host adds to the operator's wishes.
struct OpenContext {
  Duration wall_offset{};    ///< wall clock minus stack time
  LineSink line_sink{};      ///< gets a line of text per frame; empty: none
  bool multi_queue = false;  ///< as TapOptions::multi_queue
};

/// Opens the device and wraps it: the trace outermost, so that it shows what the stack sees and
/// sends, then what joins segments, then the faults.
/// Errors: those of open_tap(), open_packet(), open_xdp() and make_trace(); xdp: is not in this
/// build.
[[nodiscard]] Result<std::unique_ptr<Device>, OpenError> open_device(const DeviceSpec& spec,
                                                                     const OpenContext& context);

}  // namespace zsock::drivers
