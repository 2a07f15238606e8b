#include "drivers/xdp.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>

#include <cerrno>
#include <fstream>

#include "drivers/packet.h"
#include "drivers/xdp_socket.h"
#include "tests/netns/drivers/kernel_link.h"
#include "tests/netns/drivers/xdp_support.h"

#ifdef ZSOCK_XDP
namespace zsock::drivers::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::Family;

const wire::MacAddr kNicMac{{2, 0, 0, 0, 0, 9}};

class XdpTest : public KernelLink {
 protected:
  void SetUp() override {
    KernelLink::SetUp();
    if (IsSkipped()) return;
    if (const std::string why = zsock::testing::why_no_xdp(); !why.empty()) GTEST_SKIP() << why;
  }
  static void make_nic() {
    make_veth();
    ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " address " + kNicMac.to_string()));
  }
  static bool has_program() {
    return shell(std::string("ip link show ") + kOurEnd + " | grep -q xdp");
  }
  static std::string why_not(const XdpOptions& options) {
    const auto refused = open_xdp(options);
    return refused ? "it opens" : refused.error().message;
  }
};

class XdpModeTest : public XdpTest, public ::testing::WithParamInterface<XdpMode> {
 protected:
  void open_here() {
    make_nic();
    ASSERT_TRUE(zsock::testing::complete_frames(kKernelEnd));
    auto opened = open_xdp({.name = kOurEnd, .mac = kOurMac, .mode = GetParam()});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    device_ = std::move(*opened);
  }
};
INSTANTIATE_TEST_SUITE_P(Both, XdpModeTest, ::testing::Values(XdpMode::copy, XdpMode::generic),
                         [](const ::testing::TestParamInfo<XdpMode>& tested) {
                           return tested.param == XdpMode::copy ? "Driver" : "Kernel";
                         });

/// A frame leaves the kernel's end.
void send_through(int packet_socket, const Bytes& frame) {
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(::if_nametoindex(kKernelEnd));
  EXPECT_GT(::sendto(packet_socket, frame.data(), frame.size(), 0,
                     reinterpret_cast<const sockaddr*>(&link), sizeof link),
            0);
}

/// What the kernel itself still hears on the NIC.
class Kernel {
 public:
  Kernel() : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(kExperimental))) {
    sockaddr_ll link{};
    link.sll_family = AF_PACKET;
    link.sll_protocol = htons(kExperimental);
    link.sll_ifindex = static_cast<int>(::if_nametoindex(kOurEnd));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&link), sizeof link), 0);
  }
  std::vector<unsigned> marks() {
    std::vector<unsigned> marks;
    std::array<std::byte, 100> frame{};
    while (::recv(fd_.get(), frame.data(), frame.size(), 0) > 14) {
      marks.push_back(std::to_integer<unsigned>(frame[14]));
    }
    return marks;
  }

 private:
  UniqueFd fd_;
};

TEST_P(XdpModeTest, TakesItsOwnFramesAndSharesThoseForGroups) {
  open_here();
  EXPECT_EQ(marks_heard(), std::vector{99U});  // the link has started to pass frames
  Kernel kernel;
  kernel_sends(kOurMac, 1);
  kernel_sends(wire::MacAddr::broadcast(), 2);
  kernel_sends(*wire::MacAddr::parse("33:33:00:00:00:01"), 3);
  kernel_sends(kNicMac, 4);
  kernel_sends(*wire::MacAddr::parse("02:00:00:00:01:01"), 5);
  // The two ways keep no order between them.
  std::vector<unsigned> marks = marks_heard();
  receive_until(
      [&marks](const RxFrame& got) {
        if (load_be16(got.bytes, 12) == kExperimental) marks.push_back(load_u8(got.bytes, 14));
        return std::ranges::count(marks, 2U) + std::ranges::count(marks, 3U) == 2;
      },
      [] {});
  EXPECT_THAT(marks, ::testing::UnorderedElementsAre(1, 2, 3, 99));
  EXPECT_THAT(kernel.marks(), ElementsAre(2, 3, 4, 5));
}

// req: steering: another program's socket on the same NIC
TEST_P(XdpModeTest, TheKernelsOwnTrafficStaysItsOwn) {
  open_here();
  ASSERT_TRUE(shell(std::string("ip addr add 198.51.100.1/24 dev ") + kOurEnd));
  const auto address = *wire::IpAddress::parse("198.51.100.1");
  const UniqueFd other = kernel_socket(SOCK_DGRAM, address, 5353);
  Bytes frame = udp_frame(Family::ipv4, Bytes(100));
  kNicMac.store(frame, 0);
  kPeerMac.store(frame, 6);
  store_be32(frame, 26, 0xc6336402);  // from 198.51.100.2
  store_be32(frame, 30, 0xc6336401);
  store_be16(frame, 40, 0);  // no UDP checksum
  store_be16(frame, 24, 0);
  const Bytes header(frame.begin() + 14, frame.begin() + 34);
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < header.size(); at += 2) sum += load_be16(header, at);
  store_be16(frame, 24, static_cast<std::uint16_t>(~((sum & 0xffffU) + (sum >> 16U))));
  const UniqueFd raw(::socket(AF_PACKET, SOCK_RAW, 0));
  pollfd ready{.fd = other.get(), .events = POLLIN, .revents = 0};
  for (int attempt = 0; attempt < 30 && ready.revents == 0; ++attempt) {
    send_through(raw.get(), frame);
    ::poll(&ready, 1, 100);
  }
  EXPECT_EQ(ready.revents, POLLIN);
  EXPECT_EQ(marks_heard(), std::vector{99U});
}

TEST_P(XdpModeTest, FramesOfAVlanAreNotForTheStack) {
  open_here();
  EXPECT_EQ(marks_heard(), std::vector{99U});
  send_raw(kKernelEnd, kOurMac, kVlan, {0, 7, 0x88, 0xb5, 1});
  send_raw(kKernelEnd, kOurMac, 0x88a8, {0, 7, 0x88, 0xb5, 1});
  EXPECT_EQ(marks_heard(), std::vector{99U});
}

std::uint64_t frames_at_the_kernels_end() {
  std::ifstream table("/proc/self/net/dev");
  for (std::string line; std::getline(table, line);) {
    const auto name = line.find(std::string(kKernelEnd) + ":");
    if (name == std::string::npos) continue;
    std::uint64_t octets = 0;
    std::uint64_t frames = 0;
    const auto numbers = line.substr(line.find(':') + 1);
    EXPECT_EQ(std::sscanf(numbers.c_str(), "%lu %lu", &octets, &frames), 2);
    return frames;
  }
  return 0;
}

// Many times what the rings hold; nothing is lost where the device has said that it is full.
TEST_P(XdpModeTest, SendsMoreThanItsRingsHold) {
  open_here();
  Bytes frame(1514);
  kPeerMac.store(frame, 0);
  kOurMac.store(frame, 6);
  store_be16(frame, 12, kExperimental);
  const std::uint64_t before = frames_at_the_kernels_end();
  constexpr std::uint64_t kFrames = 5000;
  Bytes buffer(kReceiveBufferOctets);
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    auto sent = device_->send(plain_frame(frame));
    for (int tries = 0; !sent && tries < 1000; ++tries) {
      ASSERT_EQ(sent.error(), std::errc::resource_unavailable_try_again);
      pollfd ready{.fd = device_->fd(), .events = POLLIN, .revents = 0};
      ASSERT_EQ(::poll(&ready, 1, 3000), 1);
      device_->advance({});
      for (auto got = device_->receive(buffer); got; got = device_->receive(buffer)) continue;
      sent = device_->send(plain_frame(frame));
    }
    ASSERT_TRUE(sent.has_value());
  }
  for (int tries = 0; frames_at_the_kernels_end() < before + kFrames && tries < 300; ++tries) {
    device_->advance({});
    ::poll(nullptr, 0, 10);
  }
  EXPECT_GE(frames_at_the_kernels_end(), before + kFrames);
}

// Many times what the rings hold, in one go: as many as there is room for come, in their order.
TEST_P(XdpModeTest, BurstsLargerThanTheRingsLoseTheirTail) {
  open_here();
  EXPECT_EQ(marks_heard(), std::vector{99U});
  const UniqueFd raw(::socket(AF_PACKET, SOCK_RAW, 0));
  Bytes frame(60);
  kOurMac.store(frame, 0);
  store_be16(frame, 12, kExperimental);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3000; ++i) {
      store_u8(frame, 14, static_cast<std::uint8_t>(i % 99));
      send_through(raw.get(), frame);
    }
    const std::vector<unsigned> marks = marks_heard();
    ASSERT_GE(marks.size(), 500U);
    for (std::size_t i = 0; i + 1 < marks.size(); ++i) ASSERT_EQ(marks[i], i % 99) << i;
  }
}

TEST_P(XdpModeTest, InterfaceThatGoesDownComesBack) {
  open_here();
  EXPECT_EQ(marks_heard(), std::vector{99U});
  ASSERT_NO_FATAL_FAILURE(take_down());
  for (int i = 0; i < 2000; ++i) {  // more than waits on the rings
    const auto lost = device_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10))));
    ASSERT_FALSE(lost.has_value());
    ASSERT_EQ(lost.error(), std::errc::network_down);
  }
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " up"));
  EXPECT_THAT(marks_heard(), Contains(99));
  EXPECT_TRUE(device_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10)))));
}

// req: F9
TEST_P(XdpModeTest, VanishedInterfaceIsAnErrorThatWakesTheHost) {
  open_here();
  Bytes buffer(kReceiveBufferOctets);
  for (auto frame = device_->receive(buffer); frame;) frame = device_->receive(buffer);
  ASSERT_TRUE(shell(std::string("ip link del ") + kOurEnd));
  pollfd ready{.fd = device_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 3000), 1);
  auto frame = device_->receive(buffer);
  for (int i = 0; frame && i < 100; ++i) frame = device_->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::no_such_device);
  EXPECT_FALSE(device_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10)))));
}

TEST_P(XdpModeTest, TheProgramGoesWithTheDevice) {
  open_here();
  EXPECT_TRUE(has_program());
  device_.reset();
  EXPECT_FALSE(has_program());
  // Its queue is free at once, or soon.
  EXPECT_TRUE(open_xdp({.name = kOurEnd, .mac = kOurMac, .mode = GetParam()}).has_value());
}

TEST_P(XdpModeTest, TheProgramGoesWithAKilledProcess) {
  make_nic();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto opened = open_xdp({.name = kOurEnd, .mac = kOurMac, .mode = GetParam()});
    const char outcome = opened ? 'y' : 'n';
    if (::write(ends[1], &outcome, 1) != 1) ::_exit(1);
    ::pause();
  }
  char outcome = 0;
  ASSERT_EQ(::read(ends[0], &outcome, 1), 1);
  EXPECT_EQ(outcome, 'y');
  EXPECT_TRUE(has_program());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  for (int tries = 0; has_program() && tries < 100; ++tries) ::poll(nullptr, 0, 10);
  EXPECT_FALSE(has_program());
}

TEST_F(XdpTest, OwnAddressIsThatOfThePacketDevice) {
  make_nic();
  const auto opened = open_xdp({.name = kOurEnd});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const DeviceInfo info = (*opened)->info();
  EXPECT_EQ(info.mac, station_address(kNicMac));
  EXPECT_EQ(info.mtu, 1500);
  EXPECT_FALSE(info.checksum_offload);
}

// A driver may not run programs on frames this large; the kernel does.
TEST_F(XdpTest, TakesTheNextBestMode) {
  make_nic();
  ASSERT_TRUE(shell(std::string("ip link set ") + kKernelEnd + " mtu 9000 && ip link set " +
                    kOurEnd + " mtu 9000"));
  EXPECT_THAT(why_not({.name = kOurEnd}), HasSubstr("mtu 9000 of zsnic0 is more than the 3826"));
  const auto opened = open_xdp({.name = kOurEnd, .mtu = 1500});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_TRUE(shell(std::string("ip link show ") + kOurEnd + " | grep -q xdpgeneric"));
}

TEST_F(XdpTest, SaysWhyItCannotOpenAndLeavesNoProgram) {
  EXPECT_THAT(why_not({.name = "zsnone"}), HasSubstr("no interface zsnone"));
  EXPECT_THAT(why_not({.name = "lo"}), HasSubstr("not Ethernet"));
  make_nic();
  EXPECT_THAT(why_not({.name = kOurEnd, .mtu = 1501}), HasSubstr("more than the 1500"));
  EXPECT_THAT(why_not({.name = kOurEnd, .mac = kNicMac}), HasSubstr("is the NIC's"));
  EXPECT_THAT(why_not({.name = kOurEnd, .rx_queue = 9}), HasSubstr("no queue 9 of zsnic0"));
  EXPECT_THAT(why_not({.name = kOurEnd, .mode = XdpMode::zero_copy}), HasSubstr("no zero-copy"));
  EXPECT_FALSE(has_program());
  const auto held = open_xdp({.name = kOurEnd});
  ASSERT_TRUE(held.has_value()) << held.error().message;
  EXPECT_THAT(why_not({.name = kOurEnd}), HasSubstr("has another XDP program"));
  EXPECT_TRUE(has_program());
}

TEST_F(XdpTest, QueueOfAnotherSocketIsBusy) {
  make_nic();
  const auto other = XdpSocket::open(kOurEnd, 0, XdpSocket::Memory::copied);
  ASSERT_TRUE(other.has_value()) << other.error().message();
  EXPECT_THAT(why_not({.name = kOurEnd, .mode = XdpMode::copy}),
              HasSubstr("queue 0 of zsnic0 is busy"));
  EXPECT_FALSE(has_program());
}

TEST_F(XdpTest, SaysThatPermissionIsMissing) {
  const auto right = without_privilege(
      [] { return why_not({.name = "lo"}).starts_with("no permission to open xdp:lo"); });
  if (!right) GTEST_SKIP() << "only one user in this namespace";
  EXPECT_TRUE(*right);
}

}  // namespace
}  // namespace zsock::drivers::testing
#endif
