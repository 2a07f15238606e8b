#include "drivers/interface.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace zsock::drivers {
namespace {

constexpr int kMaxMtu = 65535;  // what an IPv4 packet can be (RFC 791 3.1); loopback says more

}  // namespace

std::error_code last_error() {
  return {errno, std::generic_category()};
}

OpenError failure(const std::string& what) {
  return OpenError{what + ": " + last_error().message()};
}

ifreq Interface::request() const {
  ifreq request{};
  name_.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

Result<wire::MacAddr, OpenError> Interface::mac() const {
  ifreq answer = request();
  if (::ioctl(control_, SIOCGIFHWADDR, &answer) != 0) {
    return Err{failure("cannot read the address of " + name_)};
  }
  wire::MacAddr mac;
  std::memcpy(mac.octets.data(), answer.ifr_hwaddr.sa_data, mac.octets.size());
  return mac;
}

Result<std::uint16_t, OpenError> Interface::mtu() const {
  ifreq answer = request();
  if (::ioctl(control_, SIOCGIFMTU, &answer) != 0) {
    return Err{failure("cannot read the mtu of " + name_)};
  }
  return static_cast<std::uint16_t>(std::clamp(answer.ifr_mtu, 0, kMaxMtu));
}

Status<OpenError> Interface::set_mtu(std::uint16_t mtu) const {
  ifreq wish = request();
  wish.ifr_mtu = mtu;
  if (::ioctl(control_, SIOCSIFMTU, &wish) == 0) return {};
  return Err{failure("cannot set mtu " + std::to_string(mtu) + " of " + name_)};
}

Status<OpenError> Interface::set_up() const {
  ifreq flags = request();
  if (::ioctl(control_, SIOCGIFFLAGS, &flags) != 0) {
    return Err{failure("cannot read the flags of " + name_)};
  }
  if ((flags.ifr_flags & IFF_UP) != 0) return {};
  flags.ifr_flags = static_cast<short>(flags.ifr_flags | IFF_UP);
  if (::ioctl(control_, SIOCSIFFLAGS, &flags) == 0) return {};
  return Err{failure("cannot set " + name_ + " up")};
}

}  // namespace zsock::drivers
