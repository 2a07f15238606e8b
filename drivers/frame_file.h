#pragma once
/// \file
/// A descriptor of the kernel's that takes and gives one Ethernet frame per call, with or without
/// the virtio-net header before it: what a TAP and a packet socket have in common.

#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

#include "drivers/device.h"
#include "drivers/offload.h"
#include "drivers/unique_fd.h"

namespace zsock::drivers {

/// IPv6 counts 65,535 octets after its header, IPv4 with it: room for 60 octets each of IP and TCP.
inline constexpr std::uint32_t kMaxSegmentation = 65535 - 60 - 60;

class FrameFile {
 public:
  enum class Prefix : std::uint8_t { none, vnet_header };

  /// \param fd       non-blocking
  /// \param offload  on: the kernel cuts and sums what send() gives it. REQUIRES: a vnet_header
  /// then
  FrameFile(UniqueFd fd, Prefix prefix, Offload offload);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// As Device::receive().
  Result<RxFrame, std::error_code> receive(MutableBytes buffer) const;
  /// As Device::send().
  Status<std::error_code> send(const TxFrame& frame);

 private:
  [[nodiscard]] Status<std::error_code> send_whole(const TxFrame& frame) const;
  Status<std::error_code> send_cut(const TxFrame& frame);

  UniqueFd fd_;
  Prefix prefix_;
  Offload offload_;
  std::vector<std::byte> plain_{};  ///< where frames are made when the kernel does not
};

}  // namespace zsock::drivers
