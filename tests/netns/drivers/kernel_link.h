#pragma once
/// \file
/// A device of drivers/ with the kernel at the other end of its cable, in a namespace of its own.

#include <gmock/gmock.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/device.h"
#include "drivers/offload.h"
#include "drivers/unique_fd.h"
#include "tests/drivers/frames.h"
#include "tests/netns/drivers/own_namespace.h"

namespace zsock::drivers::testing {

using zsock::testing::shell;

inline constexpr const char* kKernelEnd =
    "zskern0";  ///< the TAP, or the kernel's end of a veth pair
inline constexpr std::uint16_t kExperimental = 0x88b5;  // IEEE 802 local experimental
inline constexpr std::uint16_t kVlan = 0x8100;          // IEEE 802.1Q
inline constexpr const char* kOurEnd = "zsnic0";        ///< our end of the veth pair

/// How the stack's end of it is opened: tap:, packet:, xdp: in the driver and in the kernel.
enum class Cable : std::uint8_t { tap, veth, xdp, generic };
struct Kind {
  Cable cable = Cable::tap;
  Offload offload = Offload::on;
};
[[nodiscard]] std::string kind_name(const ::testing::TestParamInfo<Kind>& tested);

[[nodiscard]] sockaddr_storage kernel_address(const wire::IpAddress& address, std::uint16_t port);
/// A non-blocking kernel socket of the address's family, bound to it.
[[nodiscard]] UniqueFd kernel_socket(int type, const wire::IpAddress& address, std::uint16_t port);
/// Everything that comes out of a kernel socket until `size` octets have, for 3 s at most each.
[[nodiscard]] Bytes read_kernel(int fd, std::size_t size);
/// What an ioctl of netdevice(7) says.
[[nodiscard]] std::optional<ifreq> interface_facts(unsigned long request, const char* name);
/// Runs `check` as a user without privilege; nothing when this namespace has only one user.
[[nodiscard]] std::optional<bool> without_privilege(const std::function<bool()>& check);

/// The kernel's end is kPeer4/kPeer6, the stack's kOur4/kOur6 of frames.h, on one link.
class KernelLink : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Opens the device, or skips the test where that is not possible, and gives the kernel's end its
  /// addresses and neighbours.
  void open(Kind kind);
  /// The next frame that `wanted` accepts; `provoke` is repeated until it comes, as a new link may
  /// swallow the kernel's frames for a while.
  Bytes receive_until(const std::function<bool(const RxFrame&)>& wanted,
                      const std::function<void()>& provoke);
  /// Our end of the veth pair goes down: what had come before is taken, nothing more comes, and
  /// that is no failure.
  void take_down();
  /// A veth pair, both ends up.
  static void make_veth();

  /// A frame leaves the interface; it comes from kPeerMac.
  static void send_raw(const char* interface, const wire::MacAddr& to, std::uint16_t type,
                       std::initializer_list<std::uint8_t> payload);
  /// An experimental frame for `to` leaves the kernel's end.
  static void kernel_sends(const wire::MacAddr& to, std::uint8_t mark) {
    send_raw(kKernelEnd, to, kExperimental, {mark});
  }
  /// The marks of the experimental frames that come, until 99, for the stack's address, has.
  std::vector<unsigned> marks_heard();

  std::unique_ptr<Device> device_;
  RxFrame last_{};  ///< facts of the frame last received; its bytes are gone
};

}  // namespace zsock::drivers::testing
