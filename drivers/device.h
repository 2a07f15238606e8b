#pragma once
/// \file
/// Device: where frames go and come from. Non-blocking; one owner; the host waits on fd().

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::drivers {

/// What a device can do, known once it is open. The MTU alone may change later.
struct DeviceInfo {
  std::string name{};
  wire::MacAddr mac{};                 ///< the stack's own address on this link
  std::uint16_t mtu = 1500;            ///< octets of an IP packet
  std::uint32_t max_segmentation = 0;  ///< largest TCP payload send() takes in one frame; 0: send()
                                       ///< still takes frames to be segmented, but they cost a copy
  bool datagram_segmentation = false;  ///< the same of several datagrams of UDP
  bool checksum_offload = false;
};

/// Why a device could not be opened: one sentence for the operator.
struct OpenError {
  std::string message{};
};

/// Room that receive() asks for: the largest frame and some slack.
inline constexpr std::size_t kReceiveBufferOctets = (65 * 1024) + 256;
/// The largest frame a device hands up or takes: an IP packet of 65,535 octets behind Ethernet.
inline constexpr std::size_t kMaxFrameOctets = 14 + 65535;

class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual DeviceInfo info() const = 0;
  /// Readable when a frame has come; -1 for devices that live in memory only.
  [[nodiscard]] virtual int fd() const = 0;

  /// Takes the next frame and describes it; frame.bytes lies inside `buffer` or in memory of the
  /// device's, until the next call. A frame that is refused (too large, or its offload facts
  /// contradict its bytes) comes as an empty one: the stack counts it as malformed.
  ///
  /// \param buffer  at least kReceiveBufferOctets
  ///
  /// Errors: resource_unavailable_try_again (none now); any other: the device is in trouble (bad
  /// fd: it is gone).
  virtual Result<RxFrame, std::error_code> receive(MutableBytes buffer) = 0;

  /// Sends one frame, cutting and summing it as its wishes say when the device cannot.
  /// Errors: resource_unavailable_try_again (full: try the same frame again once writable);
  /// any other: the frame is lost.
  virtual Status<std::error_code> send(const TxFrame& frame) = 0;

  /// Devices with time of their own (fault: delay, rate): when to call receive() or flush() again,
  /// if ever.
  [[nodiscard]] virtual std::optional<Instant> next_deadline() const { return std::nullopt; }
  /// Passes the time to such devices and sends what has become due.
  virtual void advance(Instant now) { static_cast<void>(now); }
};

}  // namespace zsock::drivers
