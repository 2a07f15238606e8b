#include "drivers/packet.h"

#include <poll.h>

#include "tests/netns/drivers/kernel_link.h"

namespace zsock::drivers::testing {
namespace {

using ::testing::HasSubstr;
using wire::Family;

constexpr Kind kPacket{Cable::veth, Offload::on};

class PacketTest : public KernelLink {};

TEST_F(PacketTest, HearsItsOwnAddressAndGroupsOnly) {
  open(kPacket);
  kernel_sends(kOurMac, 1);
  kernel_sends(wire::MacAddr::broadcast(), 2);
  kernel_sends(*wire::MacAddr::parse("33:33:00:00:00:01"), 3);
  kernel_sends(*wire::MacAddr::parse("02:00:00:00:00:09"), 4);
  kernel_sends(*wire::MacAddr::parse("02:00:00:00:01:01"), 5);
  EXPECT_THAT(marks_heard(), ::testing::ElementsAre(1, 2, 3, 99));
}

// What the kernel itself sends on the NIC is not for the stack, nor are the stack's own frames.
TEST_F(PacketTest, DoesNotHearWhatLeavesTheNic) {
  open(kPacket);
  send_raw(kOurEnd, kOurMac, kExperimental, {1});
  Bytes own(60);
  kOurMac.store(own, 0);
  store_be16(own, 12, kExperimental);
  ASSERT_TRUE(device_->send(plain_frame(own)));
  EXPECT_THAT(marks_heard(), ::testing::ElementsAre(99));
}

TEST_F(PacketTest, FramesOfAVlanAreNotForTheStack) {
  open(kPacket);
  send_raw(kKernelEnd, kOurMac, kVlan, {0, 7, 0x88, 0xb5, 1});
  EXPECT_THAT(marks_heard(), ::testing::ElementsAre(99));
}

TEST_F(PacketTest, OwnAddressIsLocalStableAndNotTheNics) {
  make_veth();
  const wire::MacAddr nic = *wire::MacAddr::parse("00:00:5e:00:53:10");
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " address " + nic.to_string()));
  for (int round = 0; round < 2; ++round) {
    const auto opened = open_packet({.name = kOurEnd});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ((*opened)->info().mac.to_string(), "02:00:5e:00:53:11");
  }
  const wire::MacAddr local = *wire::MacAddr::parse("02:00:5e:00:53:11");
  EXPECT_NE(station_address(local), local);
}

// Some networks let no second address through: then the stack uses the NIC's, and hears groups.
TEST_F(PacketTest, WorksUnderTheNicsOwnAddress) {
  make_veth();
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " address " + kOurMac.to_string()));
  auto opened = open_packet({.name = kOurEnd, .mac = kOurMac});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  device_ = std::move(*opened);
  kernel_sends(*wire::MacAddr::parse("33:33:ff:00:00:01"), 1);
  EXPECT_THAT(marks_heard(), ::testing::ElementsAre(1, 99));
}

TEST_F(PacketTest, SetsTheInterfaceUp) {
  make_veth();
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " down"));
  ASSERT_TRUE(open_packet({.name = kOurEnd}).has_value());
  EXPECT_NE(interface_facts(SIOCGIFFLAGS, kOurEnd)->ifr_flags & IFF_UP, 0);
}

TEST_F(PacketTest, MtuIsTheInterfacesOrLess) {
  make_veth();
  EXPECT_EQ((*open_packet({.name = kOurEnd}))->info().mtu, 1500);
  EXPECT_EQ((*open_packet({.name = kOurEnd, .mtu = 1280}))->info().mtu, 1280);
  const auto refused = open_packet({.name = kOurEnd, .mtu = 1501});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("more than the 1500"));
}

// More than it was at first is for the next start.
TEST_F(PacketTest, MtuFollowsTheInterfaces) {
  open(kPacket);
  const auto set = [](const char* mtu) {
    return shell(std::string("ip link set ") + kOurEnd + " mtu " + mtu);
  };
  ASSERT_TRUE(set("1300"));
  EXPECT_EQ(device_->info().mtu, 1300);
  EXPECT_EQ(device_->send(plain_frame(Bytes(1400))).error(), std::errc::message_size);
  ASSERT_TRUE(set("9000"));
  EXPECT_EQ(device_->info().mtu, 1500);
}

TEST_F(PacketTest, SaysWhyItCannotOpen) {
  EXPECT_THAT(open_packet({.name = "zsnone"}).error().message, HasSubstr("no interface zsnone"));
  EXPECT_THAT(open_packet({.name = "lo"}).error().message, HasSubstr("not Ethernet"));
  EXPECT_THAT(open_packet({.name = "lo", .mac = wire::MacAddr::broadcast()}).error().message,
              HasSubstr("unicast"));
  const auto right = without_privilege([] {
    const auto refused = open_packet({.name = "lo"});
    return !refused && refused.error().message.starts_with("no permission");
  });
  if (right) {
    EXPECT_TRUE(*right);
  }
}

TEST_F(PacketTest, InterfaceThatGoesDownComesBack) {
  open(kPacket);
  ASSERT_NO_FATAL_FAILURE(take_down());
  const auto lost = device_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10))));
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error(), std::errc::network_down);
  ASSERT_TRUE(shell(std::string("ip link set ") + kOurEnd + " up"));
  EXPECT_THAT(marks_heard(), ::testing::Contains(99));
}

// req: F9
TEST_F(PacketTest, VanishedInterfaceIsAnErrorThatWakesTheHost) {
  open(kPacket);
  ASSERT_TRUE(shell(std::string("ip link del ") + kOurEnd));
  pollfd ready{.fd = device_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 3000), 1);
  EXPECT_NE(ready.revents & POLLERR, 0);
  Bytes buffer(kReceiveBufferOctets);
  auto frame = device_->receive(buffer);
  for (int i = 0; frame && i < 100; ++i) frame = device_->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::no_such_device);
}

}  // namespace
}  // namespace zsock::drivers::testing
