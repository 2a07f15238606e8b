#include "drivers/packet.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "drivers/frame_file.h"
#include "drivers/interface.h"

namespace zsock::drivers {
namespace {

/// Super-frames of 64 KiB count with their bookkeeping: room for some dozens of them.
constexpr int kBufferOctets = 8 << 20;

template <class T>
bool set(int fd, int level, int option, const T& value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

class Packet final : public Device {
 public:
  Packet(FrameFile file, DeviceInfo info, int index)
      : file_(std::move(file)), info_(std::move(info)), index_(index) {}

  [[nodiscard]] DeviceInfo info() const override {
    DeviceInfo now = info_;
    const auto mtu = Interface(file_.fd(), info_.name).mtu();
    if (mtu) now.mtu = std::min(now.mtu, *mtu);
    return now;
  }
  [[nodiscard]] int fd() const override { return file_.fd(); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    auto frame = file_.receive(buffer);
    if (!frame && frame.error() == std::errc::network_down) return Err{down_or_gone()};
    return frame;
  }
  Status<std::error_code> send(const TxFrame& frame) override { return file_.send(frame); }

 private:
  /// The kernel says once that the interface is down. One that is only down comes back by itself.
  [[nodiscard]] std::error_code down_or_gone() const {
    ifreq request{};
    request.ifr_ifindex = index_;
    const bool exists = ::ioctl(file_.fd(), SIOCGIFNAME, &request) == 0;
    return std::make_error_code(exists ? std::errc::resource_unavailable_try_again
                                       : std::errc::no_such_device);
  }

  FrameFile file_;
  DeviceInfo info_;
  int index_;
};

/// What the stack may see of the link: frames for its own address and for groups, without VLAN tag.
/// The tag is no longer in the frame: without this test those of every VLAN would look untagged.
Status<OpenError> filter(int fd, const wire::MacAddr& mac) {
  const auto& m = mac.octets;
  const auto first4 = (std::uint32_t{m[0]} << 24U) | (std::uint32_t{m[1]} << 16U) |
                      (std::uint32_t{m[2]} << 8U) | m[3];
  const auto last2 = (std::uint32_t{m[4]} << 8U) | m[5];
  constexpr auto kTagged = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
  std::array<sock_filter, 10> program{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kTagged),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 4, 0),  // a group
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first4, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, last2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  const int lock = 1;
  if (set(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter) && set(fd, SOL_SOCKET, SO_LOCK_FILTER, lock)) {
    return {};
  }
  return Err{failure("cannot filter packets")};
}

/// Larger than rmem_max only with privilege; without it as large as may be.
void enlarge_buffers(int fd) {
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kBufferOctets)) {
    static_cast<void>(set(fd, SOL_SOCKET, SO_RCVBUF, kBufferOctets));
  }
  if (!set(fd, SOL_SOCKET, SO_SNDBUFFORCE, kBufferOctets)) {
    static_cast<void>(set(fd, SOL_SOCKET, SO_SNDBUF, kBufferOctets));
  }
}

/// Groups as well as, when it is not the NIC's own, the stack's address.
Status<OpenError> join(int fd, int index, const wire::MacAddr& mac, const wire::MacAddr& nic) {
  packet_mreq request{};
  request.mr_ifindex = index;
  request.mr_type = mac == nic ? PACKET_MR_ALLMULTI : PACKET_MR_PROMISC;
  if (set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)) return {};
  return Err{failure("cannot make the interface hear the stack's address")};
}

/// Frames arrive from now on.
Status<OpenError> bind_to(int fd, int index, const std::string& name) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  return Err{failure("cannot open " + name)};
}

/// A packet socket that hears nothing yet.
Result<UniqueFd, OpenError> open_socket(const std::string& name) {
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd && errno == EPERM) {
    return Err{OpenError{"no permission to open packet:" + name + ": needs CAP_NET_RAW"}};
  }
  if (!fd) return Err{failure("cannot open packet:" + name)};
  const int on = 1;
  if (!set(fd.get(), SOL_PACKET, PACKET_VNET_HDR, on) ||
      !set(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, on)) {
    return Err{failure("packet:" + name + " needs a newer kernel")};
  }
  enlarge_buffers(fd.get());
  return fd;
}

/// The index of an interface that is Ethernet.
Result<int, OpenError> find(int fd, const Interface& interface) {
  ifreq request = interface.request();
  if (::ioctl(fd, SIOCGIFHWADDR, &request) != 0) {
    return Err{failure("no interface " + interface.name())};
  }
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
    return Err{OpenError{"interface " + interface.name() + " is not Ethernet"}};
  }
  request = interface.request();
  if (::ioctl(fd, SIOCGIFINDEX, &request) != 0) {
    return Err{failure("no interface " + interface.name())};
  }
  return request.ifr_ifindex;
}

Result<std::uint16_t, OpenError> choose_mtu(const PacketOptions& options,
                                            const Interface& interface) {
  const auto largest = interface.mtu();
  if (!largest || !options.mtu) return largest;
  if (*options.mtu <= *largest) return *options.mtu;
  return Err{OpenError{"mtu " + std::to_string(*options.mtu) + " is more than the " +
                       std::to_string(*largest) + " of " + options.name}};
}

Result<DeviceInfo, OpenError> describe(const PacketOptions& options, const Interface& interface,
                                       const wire::MacAddr& nic) {
  const auto mtu = choose_mtu(options, interface);
  if (!mtu) return Err{mtu.error()};
  const bool offload = options.offload == Offload::on;
  return DeviceInfo{.name = options.name,
                    .mac = options.mac.value_or(station_address(nic)),
                    .mtu = *mtu,
                    .max_segmentation = offload ? kMaxSegmentation : 0,
                    .checksum_offload = offload};
}

}  // namespace

wire::MacAddr station_address(wire::MacAddr nic) {
  nic.octets[0] = static_cast<std::uint8_t>((nic.octets[0] & 0xfeU) | 0x02U);
  nic.octets[5] ^= 0x01U;  // NICs of virtual machines are locally administered already
  return nic;
}

Result<std::unique_ptr<Device>, OpenError> open_packet(const PacketOptions& options) {
  if (options.mac && (options.mac->is_multicast() || options.mac->is_unspecified())) {
    return Err{OpenError{"mac of " + options.name + " must be a unicast address"}};
  }
  auto fd = open_socket(options.name);
  if (!fd) return Err{fd.error()};
  const Interface interface(fd->get(), options.name);
  const auto index = find(fd->get(), interface);
  if (!index) return Err{index.error()};
  const auto nic = interface.mac();
  if (!nic) return Err{nic.error()};
  auto info = describe(options, interface, *nic);
  if (!info) return Err{info.error()};
  for (const auto& step :
       {interface.set_up(), filter(fd->get(), info->mac), join(fd->get(), *index, info->mac, *nic),
        bind_to(fd->get(), *index, options.name)}) {
    if (!step) return Err{step.error()};
  }
  return std::unique_ptr<Device>(std::make_unique<Packet>(
      FrameFile(std::move(*fd), FrameFile::Prefix::vnet_header, options.offload), std::move(*info),
      *index));
}

}  // namespace zsock::drivers
