#include "drivers/tap.h"

#include <poll.h>

#include <cerrno>
#include <cstring>

#include "tests/netns/drivers/kernel_link.h"

namespace zsock::drivers::testing {
namespace {

using ::testing::HasSubstr;
using wire::Family;

constexpr const char* kName = kKernelEnd;

class TapTest : public KernelLink {};
class TapOffloadTest : public TapTest, public ::testing::WithParamInterface<Offload> {};
INSTANTIATE_TEST_SUITE_P(BothWays, TapOffloadTest, ::testing::Values(Offload::on, Offload::off),
                         [](const ::testing::TestParamInfo<Offload>& tested) {
                           return tested.param == Offload::on ? "On" : "Off";
                         });

TEST_P(TapOffloadTest, CreatesTheDeviceUpAndRemovesIt) {
  ASSERT_EQ(::if_nametoindex(kName), 0U);
  auto opened = open_tap({.name = kName, .mtu = 9000, .offload = GetParam()});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const DeviceInfo info = (*opened)->info();
  EXPECT_EQ(info.name, kName);
  EXPECT_EQ(info.mtu, 9000);
  EXPECT_EQ(info.checksum_offload, GetParam() == Offload::on);
  EXPECT_GT(info.max_segmentation, 60000U);  // cut here, if not by the kernel
  EXPECT_NE(interface_facts(SIOCGIFFLAGS, kName)->ifr_flags & IFF_UP, 0);
  EXPECT_EQ(interface_facts(SIOCGIFMTU, kName)->ifr_mtu, 9000);
  EXPECT_EQ(interface_facts(SIOCGIFTXQLEN, kName)->ifr_qlen, 10000);
  opened->reset();
  EXPECT_EQ(::if_nametoindex(kName), 0U);
}

TEST_F(TapTest, RandomMacIsLocalUnicastAndNotTheKernels) {
  auto first = open_tap({.name = kName});
  auto second = open_tap({.name = "zstap1"});
  ASSERT_TRUE(first.has_value() && second.has_value());
  const wire::MacAddr mac = (*first)->info().mac;
  EXPECT_EQ(mac.octets[0] & 3U, 2U);
  EXPECT_NE(mac, (*second)->info().mac);
  const auto facts = interface_facts(SIOCGIFHWADDR, kName);
  EXPECT_NE(std::memcmp(facts->ifr_hwaddr.sa_data, mac.octets.data(), 6), 0);
}

TEST_F(TapTest, RefusesTheKernelsMacAndGroups) {
  ASSERT_TRUE(
      shell("ip tuntap add zstap2 mode tap && ip link set zstap2 address 02:00:5e:00:53:02"));
  const auto same = open_tap({.name = "zstap2", .mac = wire::MacAddr::parse("02:00:5e:00:53:02")});
  ASSERT_FALSE(same.has_value());
  EXPECT_THAT(same.error().message, HasSubstr("kernel's end"));
  const auto group = open_tap({.name = "zstap2", .mac = wire::MacAddr::broadcast()});
  ASSERT_FALSE(group.has_value());
  EXPECT_THAT(group.error().message, HasSubstr("unicast"));
  EXPECT_TRUE(shell("ip link del zstap2"));
}

TEST_F(TapTest, SaysWhyItCannotOpen) {
  const auto held = open_tap({.name = kName});
  ASSERT_TRUE(held.has_value());
  const auto busy = open_tap({.name = kName});
  ASSERT_FALSE(busy.has_value());
  EXPECT_THAT(busy.error().message, HasSubstr("busy"));
  const auto other = open_tap({.name = "lo"});
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message, HasSubstr("is not a (single-queue) TAP"));
  const auto mtu = open_tap({.name = "zstap1", .mtu = 10});
  ASSERT_FALSE(mtu.has_value());
  EXPECT_THAT(mtu.error().message, HasSubstr("mtu 10"));
  EXPECT_FALSE(open_tap({.name = "a-name-that-is-too-long"}).has_value());
}

TEST_F(TapTest, QueuesAreOneInterface) {
  auto first = open_tap({.name = kName, .multi_queue = true});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const wire::MacAddr mac = (*first)->info().mac;
  auto second = open_tap({.name = kName, .mac = mac, .multi_queue = true});
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ((*second)->info().mac, mac);
  EXPECT_EQ((*second)->info().mtu, (*first)->info().mtu);
  const auto single = open_tap({.name = kName});
  ASSERT_FALSE(single.has_value());
  EXPECT_THAT(single.error().message, HasSubstr("single-queue"));
  first->reset();
  EXPECT_NE(::if_nametoindex(kName), 0U);
  second->reset();
  EXPECT_EQ(::if_nametoindex(kName), 0U);
}

TEST_F(TapTest, SaysThatPermissionIsMissing) {
  const auto right = without_privilege([] {
    const auto refused = open_tap({.name = kName});
    return !refused && refused.error().message.starts_with("no permission");
  });
  if (!right) GTEST_SKIP() << "only one user in this namespace";
  EXPECT_TRUE(*right);
}

TEST_P(TapOffloadTest, DownLinkLosesFramesAndRecovers) {
  open({Cable::tap, GetParam()});
  const Bytes frame = udp_frame(Family::ipv4, Bytes(10));
  ASSERT_TRUE(shell(std::string("ip link set ") + kName + " down"));
  const auto lost = device_->send(plain_frame(frame));
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error(), std::errc::io_error);
  ASSERT_TRUE(shell(std::string("ip link set ") + kName + " up"));
  EXPECT_TRUE(device_->send(plain_frame(frame)));
}

// req: F9
TEST_P(TapOffloadTest, VanishedDeviceIsAnErrorThatWakesTheHost) {
  open({Cable::tap, GetParam()});
  ASSERT_TRUE(shell(std::string("ip link del ") + kName));
  pollfd ready{.fd = device_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 3000), 1);
  EXPECT_NE(ready.revents & POLLERR, 0);
  Bytes buffer(kReceiveBufferOctets);
  const auto frame = device_->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().value(), EBADFD);
  const auto sent = device_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10))));
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().value(), EBADFD);
}

// The next user of a persistent interface may want less than the last one did.
TEST_F(TapTest, PersistentDeviceServesBothKindsInTurn) {
  ASSERT_TRUE(shell(std::string("ip tuntap add ") + kName + " mode tap"));
  for (const Offload offload : {Offload::on, Offload::off, Offload::on}) {
    auto opened = open_tap({.name = kName, .offload = offload});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ((*opened)->info().checksum_offload, offload == Offload::on);
    const bool tso = shell(std::string("ethtool -k ") + kName +
                           " 2>/dev/null | grep -q 'tcp-segmentation-offload: on'");
    const bool known = shell("command -v ethtool >/dev/null");
    if (known) {
      EXPECT_EQ(tso, offload == Offload::on);
    }
  }
  EXPECT_NE(::if_nametoindex(kName), 0U);
  EXPECT_TRUE(shell(std::string("ip link del ") + kName));
}

}  // namespace
}  // namespace zsock::drivers::testing
