#include "tests/netns/drivers/kernel_link.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>

#include <array>
#include <cstring>

#include "drivers/packet.h"
#include "drivers/tap.h"
#include "drivers/xdp.h"
#include "tests/netns/drivers/xdp_support.h"

namespace zsock::drivers::testing {
namespace {

/// The kernel makes the routes of a new IPv6 address in its own time.
bool reaches_us_over_ipv6() {
  const sockaddr_storage to = kernel_address(kOur6, 9);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const UniqueFd fd = kernel_socket(SOCK_DGRAM, kPeer6, 0);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
    ::poll(nullptr, 0, 3);
  }
  return false;
}

Result<std::unique_ptr<Device>, OpenError> open_cable(Kind kind) {
  switch (kind.cable) {
    case Cable::tap:
      return open_tap({.name = kKernelEnd, .mac = kOurMac, .offload = kind.offload});
    case Cable::veth:
      return open_packet({.name = kOurEnd, .mac = kOurMac, .offload = kind.offload});
    case Cable::xdp:
#ifdef ZSOCK_XDP
      return open_xdp({.name = kOurEnd, .mac = kOurMac, .mode = XdpMode::copy});
#endif
    case Cable::generic:
#ifdef ZSOCK_XDP
      return open_xdp({.name = kOurEnd, .mac = kOurMac, .mode = XdpMode::generic});
#endif
      break;
  }
  return Err{OpenError{"not in this build"}};
}

}  // namespace

std::string kind_name(const ::testing::TestParamInfo<Kind>& tested) {
  constexpr std::array<const char*, 4> kCables{"Tap", "Packet", "Xdp", "Generic"};
  return kCables.at(static_cast<std::size_t>(tested.param.cable)) + std::string() +
         (tested.param.offload == Offload::on ? "OffloadOn" : "OffloadOff");
}

sockaddr_storage kernel_address(const wire::IpAddress& address, std::uint16_t port) {
  sockaddr_storage storage{};
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.octets().data(), 4);
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.octets().data(), 16);
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return storage;
}

UniqueFd kernel_socket(int type, const wire::IpAddress& address, std::uint16_t port) {
  UniqueFd fd(::socket(address.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK, 0));
  const sockaddr_storage storage = kernel_address(address, port);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), sizeof storage), 0);
  return fd;
}

Bytes read_kernel(int fd, std::size_t size) {
  Bytes all;
  Bytes buffer(65536);
  while (all.size() < size) {
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 3000) != 1) return all;
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return all;
    all.insert(all.end(), buffer.begin(), buffer.begin() + got);
  }
  return all;
}

std::optional<ifreq> interface_facts(unsigned long request, const char* name) {
  const UniqueFd control(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq facts{};
  std::string(name).copy(facts.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(control.get(), request, &facts) != 0) return std::nullopt;
  return facts;
}

std::optional<bool> without_privilege(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(77);
    ::_exit(check() ? 0 : 1);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return false;
  if (WEXITSTATUS(status) == 77) return std::nullopt;
  return WEXITSTATUS(status) == 0;
}

void KernelLink::SetUp() {
  const std::string why = zsock::testing::enter_own_namespace();
  if (!why.empty()) GTEST_SKIP() << why;
  if (::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "no use of /dev/net/tun";
}

void KernelLink::TearDown() {
  device_.reset();
  if (::if_nametoindex(kKernelEnd) != 0) shell(std::string("ip link del ") + kKernelEnd);
}

void KernelLink::take_down() {
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " down"));
  Bytes buffer(kReceiveBufferOctets);
  auto frame = device_->receive(buffer);
  for (int i = 0; frame && i < 100; ++i) frame = device_->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::resource_unavailable_try_again);
}

void KernelLink::make_veth() {
  const std::string ours = kOurEnd;
  const std::string kernels = kKernelEnd;
  ASSERT_TRUE(shell("ip link add " + kernels + " type veth peer name " + ours + " && ip link set " +
                    ours + " up && ip link set " + kernels + " up"));
}

void KernelLink::send_raw(const char* interface, const wire::MacAddr& to, std::uint16_t type,
                          std::initializer_list<std::uint8_t> payload) {
  const UniqueFd raw(::socket(AF_PACKET, SOCK_RAW, 0));
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
  Bytes frame(60);
  to.store(frame, 0);
  kPeerMac.store(frame, 6);
  store_be16(frame, 12, type);
  std::size_t at = 14;
  for (const std::uint8_t octet : payload) store_u8(frame, at++, octet);
  ASSERT_EQ(::sendto(raw.get(), frame.data(), frame.size(), 0,
                     reinterpret_cast<const sockaddr*>(&link), sizeof link),
            60);
}

std::vector<unsigned> KernelLink::marks_heard() {
  std::vector<unsigned> marks;
  const auto take = [&](const RxFrame& got) {
    if (load_be16(got.bytes, 12) != kExperimental) return false;
    marks.push_back(load_u8(got.bytes, 14));
    return marks.back() == 99;
  };
  receive_until(take, [] { kernel_sends(kOurMac, 99); });
  return marks;
}

void KernelLink::open(Kind kind) {
  const bool xdp = kind.cable == Cable::xdp || kind.cable == Cable::generic;
  if (const std::string why = xdp ? zsock::testing::why_no_xdp() : ""; !why.empty()) {
    GTEST_SKIP() << why;
  }
  if (kind.cable != Cable::tap) make_veth();
  if (xdp) {
    ASSERT_TRUE(zsock::testing::complete_frames(kKernelEnd));
  }
  auto opened = open_cable(kind);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  device_ = std::move(*opened);
  const std::string name = kKernelEnd;
  ASSERT_TRUE(shell("ip link set " + name + " address 02:00:00:00:00:02 && ip addr add " +
                    kPeer4.to_string() + " peer " + kOur4.to_string() + " dev " + name +
                    " && ip -6 addr add " + kPeer6.to_string() + " peer " + kOur6.to_string() +
                    " dev " + name + " nodad && ip neigh replace " + kOur4.to_string() +
                    " lladdr 02:00:00:00:00:01 dev " + name + " && ip -6 neigh replace " +
                    kOur6.to_string() + " lladdr 02:00:00:00:00:01 dev " + name));
  ASSERT_TRUE(reaches_us_over_ipv6());
}

Bytes KernelLink::receive_until(const std::function<bool(const RxFrame&)>& wanted,
                                const std::function<void()>& provoke) {
  Bytes buffer(kReceiveBufferOctets);
  for (int attempt = 0; attempt < 50; ++attempt) {
    provoke();
    pollfd ready{.fd = device_->fd(), .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, 100);
    for (auto frame = device_->receive(buffer); frame; frame = device_->receive(buffer)) {
      last_ = *frame;
      if (wanted(*frame)) return to_bytes(frame->bytes);
    }
  }
  ADD_FAILURE() << "the frame never came";
  return {};
}

}  // namespace zsock::drivers::testing
