#pragma once
/// \file
/// A network interface of the kernel's, as netdevice(7) shows it to whoever holds a socket.

#include <net/if.h>

#include <cstdint>
#include <string>
#include <system_error>

#include "drivers/device.h"

namespace zsock::drivers {

/// errno as an error code.
[[nodiscard]] std::error_code last_error();
/// `what`, then errno in words.
[[nodiscard]] OpenError failure(const std::string& what);

class Interface {
 public:
  /// \param control  any socket; borrowed
  Interface(int control, std::string name) : control_(control), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The kernel's own link address there.
  [[nodiscard]] Result<wire::MacAddr, OpenError> mac() const;
  [[nodiscard]] Result<std::uint16_t, OpenError> mtu() const;
  [[nodiscard]] Status<OpenError> set_mtu(std::uint16_t mtu) const;
  /// Needs CAP_NET_ADMIN unless it is up already.
  [[nodiscard]] Status<OpenError> set_up() const;
  /// A request that names the interface, for the ioctls of netdevice(7).
  [[nodiscard]] ifreq request() const;

 private:
  int control_;
  std::string name_;
};

}  // namespace zsock::drivers
