#pragma once
/// \file
/// The program in the kernel that gives the stack its frames: for each that a NIC receives it says
/// whether an AF_XDP socket takes it or the kernel.

#include <cstdint>
#include <string>
#include <system_error>

#include "drivers/device.h"
#include "drivers/unique_fd.h"

namespace zsock::drivers {

class XdpSteering {
 public:
  enum class Place : std::uint8_t { driver, kernel };  ///< native, generic

  /// Frames for `mac` without VLAN tag are the stack's once deliver() has named a socket for the
  /// queue they came on; all others are the kernel's, as they were. The program is detached with
  /// this object. Errors: one sentence, for the interface `name`.
  static Result<XdpSteering, OpenError> attach(int index, const std::string& name,
                                               const wire::MacAddr& mac, Place place);
  /// Errors: the kernel's.
  [[nodiscard]] Status<std::error_code> deliver(std::uint32_t queue, int socket) const;

 private:
  XdpSteering(UniqueFd sockets, UniqueFd link)
      : sockets_(std::move(sockets)), link_(std::move(link)) {}

  UniqueFd sockets_;  ///< by queue
  UniqueFd link_;     ///< the kernel detaches the program when this is closed
};

}  // namespace zsock::drivers
