#include "drivers/tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "drivers/frame_file.h"
#include "drivers/interface.h"
#include "drivers/vnet_header.h"

namespace zsock::drivers {
namespace {

constexpr int kQueueFrames = 10000;  // the kernel's default of 500..1000 drops bursts of a window

class Tap final : public Device {
 public:
  Tap(FrameFile file, DeviceInfo info) : file_(std::move(file)), info_(std::move(info)) {}

  [[nodiscard]] DeviceInfo info() const override { return info_; }
  [[nodiscard]] int fd() const override { return file_.fd(); }
  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    return file_.receive(buffer);
  }
  Status<std::error_code> send(const TxFrame& frame) override { return file_.send(frame); }

 private:
  FrameFile file_;
  DeviceInfo info_;
};

/// Merged datagrams, TUN_F_USO4 and TUN_F_USO6 of Linux 6.2: headers of older ones lack them.
constexpr unsigned kMergedUdp = 0x20 | 0x40;

/// Offload as the kernel grants it; nothing when it refuses. \param datagrams  merged ones as well
bool enable_offload(int fd, bool& datagrams) {
  int size = VnetHeader::kSize;
  const unsigned wanted = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  if (::ioctl(fd, TUNSETVNETHDRSZ, &size) != 0) return false;
  datagrams = ::ioctl(fd, TUNSETOFFLOAD, wanted | kMergedUdp) == 0;
  return datagrams || ::ioctl(fd, TUNSETOFFLOAD, wanted) == 0;
}

std::string attach_failure(const std::string& name, bool multi_queue) {
  switch (errno) {
    case EPERM:
    case EACCES:
      return "no permission to open tap " + name +
             ": needs CAP_NET_ADMIN or a persistent TAP owned by this user";
    case EBUSY:
      return "tap " + name + " is busy: another process has it open";
    case EINVAL:
      return "interface " + name + " exists and is not a " +
             (multi_queue ? "(multi-queue)" : "(single-queue)") + " TAP";
    default:
      return failure("cannot open tap " + name).message;
  }
}

Result<UniqueFd, OpenError> attach(const TapOptions& options, Offload offload) {
  const std::string& name = options.name;
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENODEV || errno == ENXIO)) {
    return Err{OpenError{"no such device: /dev/net/tun (is the kernel module tun loaded?)"}};
  }
  if (!fd && errno == EACCES) return Err{OpenError{"no permission to open /dev/net/tun"}};
  if (!fd) return Err{failure("cannot open /dev/net/tun")};
  ifreq request = Interface(-1, name).request();
  const int extra =
      (offload == Offload::on ? IFF_VNET_HDR : 0) | (options.multi_queue ? IFF_MULTI_QUEUE : 0);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | extra);
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
    return Err{OpenError{attach_failure(name, options.multi_queue)}};
  }
  return fd;
}

struct Attached {
  UniqueFd fd{};
  Offload offload = Offload::off;
  bool datagrams = true;  ///< it takes several in one frame; without offload they are cut here
};

/// With offload when that is wished and granted, else without.
Result<Attached, OpenError> attach_as_wished(const TapOptions& options) {
  if (options.offload == Offload::on) {
    auto fd = attach(options, Offload::on);
    bool datagrams = false;
    if (fd && enable_offload(fd->get(), datagrams)) {
      return Attached{std::move(*fd), Offload::on, datagrams};
    }
    // errno EINVAL may come from a kernel without vnet_hdr: the plain attempt tells.
  }
  auto fd = attach(options, Offload::off);
  if (!fd) return Err{fd.error()};
  // A persistent interface keeps the features that its last user asked for.
  ::ioctl(fd->get(), TUNSETOFFLOAD, 0U);
  return Attached{.fd = std::move(*fd)};
}

/// What `ip link set NAME txqueuelen N` says to the kernel.
struct QueueRequest {
  nlmsghdr header{};
  ifinfomsg link{};
  rtattr attribute{};
  std::uint32_t length = kQueueFrames;
};

/// A wish: without privilege the queue stays as it is. The ioctl asks for privilege over the whole
/// machine, netlink only over the network namespace, but a sandbox may allow no netlink.
void lengthen_queue(int control, const Interface& interface) {
  ifreq request = interface.request();
  request.ifr_qlen = kQueueFrames;
  if (::ioctl(control, SIOCSIFTXQLEN, &request) == 0) return;
  const UniqueFd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!netlink) return;
  QueueRequest wish;
  wish.header.nlmsg_len = sizeof wish;
  wish.header.nlmsg_type = RTM_NEWLINK;
  wish.header.nlmsg_flags = NLM_F_REQUEST;
  wish.link.ifi_index = static_cast<int>(::if_nametoindex(interface.name().c_str()));
  wish.attribute.rta_type = IFLA_TXQLEN;
  wish.attribute.rta_len = RTA_LENGTH(sizeof wish.length);
  static_cast<void>(::send(netlink.get(), &wish, sizeof wish, 0));
}

/// The link is as wished: queue, MTU, up.
Status<OpenError> configure(int control, const Interface& interface, const TapOptions& options) {
  lengthen_queue(control, interface);
  if (options.mtu) {
    if (const auto set = interface.set_mtu(*options.mtu); !set) return set;
  }
  return interface.set_up();
}

wire::MacAddr random_mac() {
  wire::MacAddr mac;
  const auto got = ::getrandom(mac.octets.data(), mac.octets.size(), 0);
  ZSOCK_CHECK(got == static_cast<ssize_t>(mac.octets.size()));
  mac.octets[0] = static_cast<std::uint8_t>((mac.octets[0] & 0xfcU) | 0x02U);  // local, unicast
  return mac;
}

/// \param peer  the kernel's end of the cable
Result<wire::MacAddr, OpenError> choose_mac(const TapOptions& options, const wire::MacAddr& peer) {
  if (!options.mac) {
    wire::MacAddr mac = random_mac();
    while (mac == peer) mac = random_mac();
    return mac;
  }
  if (options.mac->is_multicast() || options.mac->is_unspecified()) {
    return Err{OpenError{"mac of " + options.name + " must be a unicast address"}};
  }
  if (*options.mac == peer) {
    return Err{OpenError{"mac of " + options.name + " is that of the kernel's end of the cable"}};
  }
  return *options.mac;
}

}  // namespace

Result<std::unique_ptr<Device>, OpenError> open_tap(const TapOptions& options) {
  if (options.name.empty() || options.name.size() >= IFNAMSIZ) {
    return Err{OpenError{"tap name must have 1 to 15 characters: '" + options.name + "'"}};
  }
  auto attached = attach_as_wished(options);
  if (!attached) return Err{attached.error()};
  const UniqueFd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!control) return Err{failure("cannot open a socket to configure " + options.name)};
  const Interface interface(control.get(), options.name);
  if (const auto configured = configure(control.get(), interface, options); !configured) {
    return Err{configured.error()};
  }
  const auto peer = interface.mac();
  if (!peer) return Err{peer.error()};
  const auto mac = choose_mac(options, *peer);
  if (!mac) return Err{mac.error()};
  const auto mtu = interface.mtu();
  if (!mtu) return Err{mtu.error()};
  const bool offload = attached->offload == Offload::on;
  DeviceInfo info{.name = options.name,
                  .mac = *mac,
                  .mtu = *mtu,
                  .max_segmentation = kMaxSegmentation,  // a TAP is never full: nothing is lost
                  .datagram_segmentation = attached->datagrams,
                  .checksum_offload = offload};
  const auto prefix = offload ? FrameFile::Prefix::vnet_header : FrameFile::Prefix::none;
  return std::unique_ptr<Device>(std::make_unique<Tap>(
      FrameFile(std::move(attached->fd), prefix, attached->offload), std::move(info)));
}

}  // namespace zsock::drivers
