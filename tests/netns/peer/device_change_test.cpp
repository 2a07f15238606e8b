/// \file
/// The device under a running zsockd: frames of every size, offload facts that lie, another MTU,
/// and its end. ZSOCK_TEST_DEVICE chooses the device.

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "drivers/vnet_header.h"
#include "tests/netns/peer/testbed.h"
#include "zsock/zsock.h"

namespace zsock::testing {
namespace {

constexpr timeval kPatience{5, 0};

class DeviceChange : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Testbed::possible()) GTEST_SKIP() << "needs a network namespace: scripts/lib/in_namespace";
    testbed_ = std::make_unique<Testbed>();
  }
  /// A connection from zsockd to the kernel.
  struct Connection {
    int ours = -1;
    int kernels = -1;
  };
  static Connection connect(Family family) {
    const int domain = family == Family::v4 ? AF_INET : AF_INET6;
    const Name name = kernel_name(family, 7800);
    const int listener = ::socket(domain, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(::bind(listener, name.get(), name.length()), 0) << strerror(errno);
    EXPECT_EQ(::listen(listener, 1), 0);
    Connection made{.ours = zs_socket(domain, SOCK_STREAM, 0)};
    EXPECT_EQ(zs_connect(made.ours, name.get(), name.length()), 0) << strerror(errno);
    made.kernels = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    ::setsockopt(made.kernels, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    zs_setsockopt(made.ours, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    return made;
  }
  static void close(const Connection& connection) {
    zs_close(connection.ours);
    ::close(connection.kernels);
  }
  static bool is_device(const std::string& wanted) {
    const char* device = std::getenv("ZSOCK_TEST_DEVICE");
    return device != nullptr && device == wanted;
  }
  /// The interface of the kernel's that zsockd has.
  static std::string its_end() { return is_device("packet") || is_device("xdp") ? "zs1" : "zs0"; }

  std::unique_ptr<Testbed> testbed_;
};

using Send = ssize_t (*)(int, const void*, size_t, int);
using Receive = ssize_t (*)(int, void*, size_t, int);

/// The octets of pattern(), from `from` to `from` + `size`, in pieces.
bool send_pattern(Send send, int fd, std::size_t from, std::size_t size) {
  const std::vector<char> octets = pattern(size, from);
  for (std::size_t sent = 0; sent < size;) {
    const ssize_t count =
        send(fd, &octets[sent], std::min<std::size_t>(size - sent, 100'003), MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool receive_pattern(Receive receive, int fd, std::size_t from, std::size_t size) {
  const std::vector<char> wanted = pattern(size, from);
  std::vector<char> got(size);
  for (std::size_t at = 0; at < size;) {
    const ssize_t count = receive(fd, &got[at], size - at, 0);
    if (count <= 0) return false;
    at += static_cast<std::size_t>(count);
  }
  return got == wanted;
}

/// Both ways at once, from position `from` on.
void exchange(int ours, int kernels, std::size_t from, std::size_t size) {
  bool out = false;
  bool in = false;
  bool back = false;
  std::thread sender([&] { out = send_pattern(zs_send, ours, from, size); });
  std::thread kernel([&] { back = send_pattern(::send, kernels, from, size); });
  std::thread reader([&] { in = receive_pattern(zs_recv, ours, from, size); });
  EXPECT_TRUE(receive_pattern(::recv, kernels, from, size)) << "from " << from;
  for (std::thread* each : {&sender, &kernel, &reader}) each->join();
  EXPECT_TRUE(out && in && back) << "from " << from;
}

// Odd lengths have a checksum of their own kind, short frames are padded, long ones are cut.
TEST_F(DeviceChange, DatagramsOfAllSizesUpToTwoFrames) {
  for (const Family family : {Family::v4, Family::v6}) {
    const int domain = family == Family::v4 ? AF_INET : AF_INET6;
    const Name name = kernel_name(family, 7801);
    const int kernels = ::socket(domain, SOCK_DGRAM, 0);
    ASSERT_EQ(::bind(kernels, name.get(), name.length()), 0) << strerror(errno);
    const int ours = zs_socket(domain, SOCK_DGRAM, 0);
    ASSERT_EQ(zs_connect(ours, name.get(), name.length()), 0) << strerror(errno);
    ::setsockopt(kernels, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    zs_setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    for (std::size_t size = 1; size < 1700; size += size < 64 || size > 1400 ? 1 : 7) {
      const std::vector<char> sent = pattern(size);
      std::vector<char> got(2000);
      Name from;
      socklen_t length = sizeof from.storage;
      ASSERT_EQ(zs_send(ours, sent.data(), size, 0), static_cast<ssize_t>(size));
      ASSERT_EQ(::recvfrom(kernels, got.data(), got.size(), 0,
                           reinterpret_cast<sockaddr*>(&from.storage), &length),
                static_cast<ssize_t>(size));
      ASSERT_TRUE(std::equal(sent.begin(), sent.end(), got.begin())) << size;
      ASSERT_EQ(::sendto(kernels, sent.data(), size, 0, from.get(), length),
                static_cast<ssize_t>(size));
      std::ranges::fill(got, '\0');
      ASSERT_EQ(zs_recv(ours, got.data(), got.size(), 0), static_cast<ssize_t>(size));
      ASSERT_TRUE(std::equal(sent.begin(), sent.end(), got.begin())) << size;
    }
    zs_close(ours);
    ::close(kernels);
  }
}

TEST_F(DeviceChange, StreamsInWritesOfOddSizes) {
  for (const Family family : {Family::v4, Family::v6}) {
    const Connection connection = connect(family);
    std::size_t from = 0;
    for (const std::size_t size : {1U, 3U, 517U, 1447U, 1449U, 4095U, 65537U, 300'001U}) {
      exchange(connection.ours, connection.kernels, from, size);
      from += size;
    }
    close(connection);
  }
}

/// Sends frames with offload facts of its own choice from the kernel's end.
class Liar {
 public:
  Liar() : fd_(::socket(AF_PACKET, SOCK_RAW, 0)) {
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd_, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on), 0);
    sockaddr_ll link{};
    link.sll_family = AF_PACKET;
    link.sll_ifindex = static_cast<int>(::if_nametoindex("zs0"));
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&link), sizeof link), 0);
  }
  ~Liar() { ::close(fd_); }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;

  /// Did the kernel let it pass?
  [[nodiscard]] bool send(const drivers::VnetHeader& header, std::vector<std::byte>& frame) const {
    drivers::VnetHeader::Bytes facts = header.encode();
    std::array<iovec, 2> pieces{{{facts.data(), facts.size()}, {frame.data(), frame.size()}}};
    return ::writev(fd_, pieces.data(), pieces.size()) > 0;
  }

 private:
  int fd_;
};

/// A TCP segment of a connection that there is not, from the kernel's address to zsockd's.
std::vector<std::byte> stray_segment(Rng& rng, const std::array<std::byte, 6>& to) {
  std::vector<std::byte> frame(54 + rng.below(4000));
  for (std::byte& octet : frame) octet = static_cast<std::byte>(rng.next_u32());
  std::ranges::copy(to, frame.begin());
  const std::array<unsigned char, 24> rest{8, 0, 0x45, 0, 0, 0, 0,   1, 0, 0, 64,   6,
                                           0, 0, 192,  0, 2, 2, 192, 0, 2, 1, 0x1e, 0x77};
  for (std::size_t i = 0; i < rest.size(); ++i) frame[12 + i] = std::byte{rest[i]};
  const std::size_t length = frame.size() - 14;
  frame[16] = static_cast<std::byte>(length >> 8U);
  frame[17] = static_cast<std::byte>(length);
  frame[46] = static_cast<std::byte>((5 + rng.below(11)) << 4U);
  return frame;
}

/// The link address that the kernel has found zsockd under.
std::array<std::byte, 6> link_address_of_zsockd() {
  std::array<std::byte, 6> octets{};
  FILE* neighbours = ::popen("ip neigh show 192.0.2.1 dev zs0", "r");
  std::array<char, 256> line{};
  std::array<unsigned, 6> values{};
  const bool told = ::fgets(line.data(), line.size(), neighbours) != nullptr;
  ::pclose(neighbours);
  const char* text = told ? std::strstr(line.data(), "lladdr ") : nullptr;
  EXPECT_NE(text, nullptr) << line.data();
  if (text == nullptr) return octets;
  EXPECT_EQ(std::sscanf(text, "lladdr %x:%x:%x:%x:%x:%x", &values[0], &values[1], &values[2],
                        &values[3], &values[4], &values[5]),
            6);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::byte>(values[i]);
  return octets;
}

// Whatever offload facts come with a frame: zsockd lives, and a stream beside it is unharmed.
TEST_F(DeviceChange, HostileOffloadFactsHarmNobody) {
  const Connection connection = connect(Family::v4);
  const Liar liar;
  const auto to = link_address_of_zsockd();
  SeededRng rng(20);
  const std::array<std::uint8_t, 8> types{0, 1, 3, 4, 5, 0x81, 0x84, 0xff};
  int passed = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> frame = stray_segment(rng, to);
    const auto some = [&](std::uint32_t usual) {
      return static_cast<std::uint16_t>(rng.below(4) == 0 ? rng.next_u32() : usual);
    };
    drivers::VnetHeader header;
    header.flags = static_cast<std::uint8_t>(rng.below(4));
    header.gso_type = types[rng.below(types.size())];
    header.header_size = some(54);
    header.segment_size = some(rng.below(3000));
    header.checksum_start = some(34);
    header.checksum_offset = some(16);
    passed += liar.send(header, frame) ? 1 : 0;
    if (round % 500 == 0) {
      exchange(connection.ours, connection.kernels, static_cast<std::size_t>(round) * 1000, 50'001);
    }
  }
  EXPECT_GT(passed, 500);  // the kernel refuses many by itself
  EXPECT_EQ(shell("ping -q -c1 -W2 192.0.2.1"), 0);
  close(connection);
}

// What is under way, and what comes later, passes whatever the MTU has become meanwhile.
TEST_F(DeviceChange, StreamsOutliveAnotherMtu) {
  const std::string ours = its_end();
  const char* large = is_device("xdp") ? "3000" : "9000";  // a page holds no more
  for (const Family family : {Family::v4, Family::v6}) {
    const Connection connection = connect(family);
    std::size_t from = 0;
    for (const char* mtu : {"1500", "1280", large, "1400", "1500"}) {
      for (const std::string& end : {std::string("zs0"), ours}) {
        ASSERT_EQ(shell("ip link set " + end + " mtu " + mtu), 0);
      }
      exchange(connection.ours, connection.kernels, from, 2'000'000);
      from += 2'000'000;
      if (HasFailure()) FAIL() << "mtu " << mtu;
    }
    close(connection);
  }
}

TEST_F(DeviceChange, StreamUnderWayOutlivesAnotherMtu) {
  const std::string ours = its_end();
  const Connection connection = connect(Family::v4);
  std::thread operators([&] {
    for (const char* mtu : {"1280", "1500", "1300", "1500"}) {
      for (const std::string& end : {std::string("zs0"), ours}) {
        EXPECT_EQ(shell("ip link set " + end + " mtu " + mtu), 0);
      }
    }
  });
  exchange(connection.ours, connection.kernels, 0, 20'000'000);
  operators.join();
  close(connection);
}

// req: F9
TEST_F(DeviceChange, VanishedDeviceEndsTheDaemonAndFailsItsSockets) {
  const Connection connection = connect(Family::v4);
  std::thread operators([] { EXPECT_EQ(shell("ip link del zs0"), 0); });
  char octet = 0;
  EXPECT_EQ(zs_recv(connection.ours, &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  operators.join();
  EXPECT_EQ(testbed_->await_end(), EX_IOERR);
  errno = 0;
  EXPECT_EQ(zs_socket(AF_INET, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, ENETDOWN);
  close(connection);
}

}  // namespace
}  // namespace zsock::testing
