#include "drivers/tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "drivers/unique_fd.h"
#include "drivers/vnet_header.h"

namespace zsock::drivers {
namespace {

constexpr int kQueueFrames = 10000;  // the kernel's default of 500..1000 drops bursts of a window
/// IPv6 counts 65,535 octets after its header, IPv4 with it: room for 60 octets each of IP and TCP.
constexpr std::uint32_t kMaxSegmentation = 65535 - 60 - 60;

std::error_code last_error() {
  return {errno, std::generic_category()};
}

OpenError failure(const std::string& what) {
  return OpenError{what + ": " + last_error().message()};
}

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

/// A frame to the kernel as the pieces of one writev.
struct Gather {
  std::array<iovec, 5> pieces{};
  int count = 0;

  void add(ByteView bytes) {
    if (bytes.empty()) return;
    // writev does not write through it.
    pieces.at(static_cast<std::size_t>(count)) = {const_cast<std::byte*>(bytes.data()),
                                                  bytes.size()};
    ++count;
  }
};

Status<std::error_code> write_pieces(int fd, const Gather& gather) {
  for (;;) {
    if (::writev(fd, gather.pieces.data(), gather.count) >= 0) return {};
    if (errno != EINTR) return Err{last_error()};
  }
}

class Tap final : public Device {
 public:
  Tap(UniqueFd fd, DeviceInfo info, Offload offload)
      : fd_(std::move(fd)), info_(std::move(info)), offload_(offload) {
    if (offload_ == Offload::off) plain_.resize(kReceiveBufferOctets);
  }

  [[nodiscard]] DeviceInfo info() const override { return info_; }
  [[nodiscard]] int fd() const override { return fd_.get(); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    ZSOCK_CHECK(buffer.size() >= kReceiveBufferOctets);
    VnetHeader::Bytes header{};
    std::array<iovec, 2> pieces{{{header.data(), header.size()}, {buffer.data(), buffer.size()}}};
    const std::size_t before = offload_ == Offload::on ? header.size() : 0;
    const iovec* first = offload_ == Offload::on ? pieces.data() : pieces.data() + 1;
    ssize_t size = 0;
    do {
      size = ::readv(fd_.get(), first, offload_ == Offload::on ? 2 : 1);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return Err{last_error()};
    if (static_cast<std::size_t>(size) < before) return RxFrame{};
    const MutableBytes frame = buffer.first(static_cast<std::size_t>(size) - before);
    return describe_received(VnetHeader::decode(header), frame);
  }

  Status<std::error_code> send(const TxFrame& frame) override {
    return offload_ == Offload::on ? send_whole(frame) : send_plain(frame);
  }

 private:
  /// Borrowed spans go to the kernel as they are: it makes the only copy.
  Status<std::error_code> send_whole(const TxFrame& frame) const {
    const VnetHeader::Bytes header = vnet_header_of(frame).encode();
    Gather gather;
    gather.add(header);
    gather.add(frame.header_bytes());
    for (std::size_t i = 0; i < frame.payload_parts; ++i) gather.add(frame.payload.at(i));
    return write_pieces(fd_.get(), gather);
  }

  Status<std::error_code> send_plain(const TxFrame& frame) {
    Segmenter segmenter(frame);
    for (bool first = true;; first = false) {
      const ByteView bytes = segmenter.next(plain_);
      if (bytes.empty()) return {};
      Gather gather;
      gather.add(bytes);
      const auto sent = write_pieces(fd_.get(), gather);
      if (sent) continue;
      const bool again = sent.error() == std::errc::resource_unavailable_try_again;
      // Segments that went must not go again: what is left of the frame is lost, as in any queue.
      if (again && !first) return Err{std::make_error_code(std::errc::no_buffer_space)};
      return sent;
    }
  }

  UniqueFd fd_;
  DeviceInfo info_;
  Offload offload_;
  std::vector<std::byte> plain_{};  ///< where frames are made when the kernel does not
};

/// Offload as the kernel grants it; nothing when it refuses.
bool enable_offload(int fd) {
  int size = VnetHeader::kSize;
  const unsigned wanted = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  return ::ioctl(fd, TUNSETVNETHDRSZ, &size) == 0 && ::ioctl(fd, TUNSETOFFLOAD, wanted) == 0;
}

std::string attach_failure(const std::string& name) {
  switch (errno) {
    case EPERM:
    case EACCES:
      return "no permission to open tap " + name +
             ": needs CAP_NET_ADMIN or a persistent TAP owned by this user";
    case EBUSY:
      return "tap " + name + " is busy: another process has it open";
    case EINVAL:
      return "interface " + name + " exists and is not a (single-queue) TAP";
    default:
      return failure("cannot open tap " + name).message;
  }
}

Result<UniqueFd, OpenError> attach(const std::string& name, Offload offload) {
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENODEV || errno == ENXIO)) {
    return Err{OpenError{"no such device: /dev/net/tun (is the kernel module tun loaded?)"}};
  }
  if (!fd && errno == EACCES) return Err{OpenError{"no permission to open /dev/net/tun"}};
  if (!fd) return Err{failure("cannot open /dev/net/tun")};
  ifreq request = request_for(name);
  const int extra = offload == Offload::on ? IFF_VNET_HDR : 0;
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | extra);
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return Err{OpenError{attach_failure(name)}};
  return fd;
}

struct Attached {
  UniqueFd fd{};
  Offload offload = Offload::off;
};

/// With offload when that is wished and granted, else without.
Result<Attached, OpenError> attach_as_wished(const TapOptions& options) {
  if (options.offload == Offload::on) {
    auto fd = attach(options.name, Offload::on);
    if (fd && enable_offload(fd->get())) return Attached{std::move(*fd), Offload::on};
    // errno EINVAL may come from a kernel without vnet_hdr: the plain attempt tells.
  }
  auto fd = attach(options.name, Offload::off);
  if (!fd) return Err{fd.error()};
  // A persistent interface keeps the features that its last user asked for.
  ::ioctl(fd->get(), TUNSETOFFLOAD, 0U);
  return Attached{std::move(*fd), Offload::off};
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
void lengthen_queue(int control, const std::string& name) {
  ifreq request = request_for(name);
  request.ifr_qlen = kQueueFrames;
  if (::ioctl(control, SIOCSIFTXQLEN, &request) == 0) return;
  const UniqueFd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!netlink) return;
  QueueRequest wish;
  wish.header.nlmsg_len = sizeof wish;
  wish.header.nlmsg_type = RTM_NEWLINK;
  wish.header.nlmsg_flags = NLM_F_REQUEST;
  wish.link.ifi_index = static_cast<int>(::if_nametoindex(name.c_str()));
  wish.attribute.rta_type = IFLA_TXQLEN;
  wish.attribute.rta_len = RTA_LENGTH(sizeof wish.length);
  static_cast<void>(::send(netlink.get(), &wish, sizeof wish, 0));
}

/// The link is as wished: MTU, queue, up. `control` is any socket.
Status<OpenError> configure(int control, const TapOptions& options) {
  lengthen_queue(control, options.name);
  ifreq request = request_for(options.name);
  if (options.mtu) {
    request.ifr_mtu = *options.mtu;
    if (::ioctl(control, SIOCSIFMTU, &request) != 0) {
      return Err{failure("cannot set mtu " + std::to_string(*options.mtu) + " of " + options.name)};
    }
  }
  request = request_for(options.name);
  if (::ioctl(control, SIOCGIFFLAGS, &request) != 0) {
    return Err{failure("cannot read the flags of " + options.name)};
  }
  if ((request.ifr_flags & IFF_UP) != 0) return {};
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(control, SIOCSIFFLAGS, &request) != 0) {
    return Err{failure("cannot set " + options.name + " up")};
  }
  return {};
}

wire::MacAddr random_mac() {
  wire::MacAddr mac;
  const auto got = ::getrandom(mac.octets.data(), mac.octets.size(), 0);
  ZSOCK_CHECK(got == static_cast<ssize_t>(mac.octets.size()));
  mac.octets[0] = static_cast<std::uint8_t>((mac.octets[0] & 0xfcU) | 0x02U);  // local, unicast
  return mac;
}

Result<wire::MacAddr, OpenError> kernel_mac(int control, const std::string& name) {
  ifreq request = request_for(name);
  if (::ioctl(control, SIOCGIFHWADDR, &request) != 0) {
    return Err{failure("cannot read the address of " + name)};
  }
  wire::MacAddr mac;
  std::memcpy(mac.octets.data(), request.ifr_hwaddr.sa_data, mac.octets.size());
  return mac;
}

Result<wire::MacAddr, OpenError> choose_mac(int control, const TapOptions& options) {
  const auto peer = kernel_mac(control, options.name);
  if (!peer) return Err{peer.error()};
  if (!options.mac) {
    wire::MacAddr mac = random_mac();
    while (mac == *peer) mac = random_mac();
    return mac;
  }
  if (options.mac->is_multicast() || options.mac->is_unspecified()) {
    return Err{OpenError{"mac of " + options.name + " must be a unicast address"}};
  }
  if (*options.mac == *peer) {
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
  if (const auto configured = configure(control.get(), options); !configured) {
    return Err{configured.error()};
  }
  const auto mac = choose_mac(control.get(), options);
  if (!mac) return Err{mac.error()};
  ifreq request = request_for(options.name);
  if (::ioctl(control.get(), SIOCGIFMTU, &request) != 0) {
    return Err{failure("cannot read the mtu of " + options.name)};
  }
  const bool offload = attached->offload == Offload::on;
  DeviceInfo info{.name = options.name,
                  .mac = *mac,
                  .mtu = static_cast<std::uint16_t>(request.ifr_mtu),
                  .max_segmentation = offload ? kMaxSegmentation : 0,
                  .checksum_offload = offload};
  return std::unique_ptr<Device>(
      std::make_unique<Tap>(std::move(attached->fd), std::move(info), attached->offload));
}

}  // namespace zsock::drivers
