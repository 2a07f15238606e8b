#include "tests/netns/drivers/kernel_link.h"

#include <arpa/inet.h>
#include <poll.h>

#include <cstring>

#include "drivers/packet.h"
#include "drivers/tap.h"

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

}  // namespace

std::string kind_name(const ::testing::TestParamInfo<Kind>& tested) {
  const std::string cable = tested.param.cable == Cable::tap ? "Tap" : "Packet";
  return cable + (tested.param.offload == Offload::on ? "OffloadOn" : "OffloadOff");
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

void KernelLink::make_veth() {
  const std::string ours = kOurEnd;
  const std::string kernels = kKernelEnd;
  ASSERT_TRUE(shell("ip link add " + kernels + " type veth peer name " + ours + " && ip link set " +
                    ours + " up && ip link set " + kernels + " up"));
}

void KernelLink::open(Kind kind) {
  if (kind.cable == Cable::veth) make_veth();
  auto opened = kind.cable == Cable::tap
                    ? open_tap({.name = kKernelEnd, .mac = kOurMac, .offload = kind.offload})
                    : open_packet({.name = kOurEnd, .mac = kOurMac, .offload = kind.offload});
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
