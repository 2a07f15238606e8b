#include "drivers/memory.h"

#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

TEST(MemoryWire, CarriesFramesBothWaysInOrder) {
  const MemoryWire wire = make_memory_wire({});
  const Bytes one = udp_frame(wire::Family::ipv4, Bytes(10));
  const Bytes two = udp_frame(wire::Family::ipv6, Bytes(1400));
  ASSERT_TRUE(wire.left->send(plain_frame(one)));
  ASSERT_TRUE(wire.left->send(plain_frame(two)));
  ASSERT_TRUE(wire.right->send(plain_frame(two)));
  EXPECT_EQ(receive_all(*wire.right), (std::vector<Bytes>{one, two}));
  EXPECT_EQ(receive_all(*wire.left), std::vector<Bytes>{two});
  EXPECT_NE(wire.left->info().mac, wire.right->info().mac);
}

TEST(MemoryWire, EmptyQueueSaysTryAgain) {
  const MemoryWire wire = make_memory_wire({});
  Bytes buffer(kReceiveBufferOctets);
  const auto frame = wire.left->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::resource_unavailable_try_again);
}

TEST(MemoryWire, FullQueueSaysTryAgainAndTakesNoPartOfABurst) {
  const MemoryWire wire = make_memory_wire({.queue_frames = 3});
  const Bytes payload(3000);
  const TxFrame burst = tcp_frame({.segment_size = 1400}, payload);  // three frames
  ASSERT_TRUE(wire.left->send(plain_frame(udp_frame(wire::Family::ipv4, {}))));
  const auto refused = wire.left->send(burst);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), std::errc::resource_unavailable_try_again);
  EXPECT_EQ(receive_all(*wire.right).size(), 1U);
  EXPECT_TRUE(wire.left->send(burst));
  EXPECT_EQ(receive_all(*wire.right).size(), 3U);
}

TEST(MemoryWire, WithoutOffloadCutsAndSums) {
  const MemoryWire wire = make_memory_wire({});
  const Bytes payload(3000, std::byte{9});
  ASSERT_TRUE(wire.left->send(tcp_frame({.segment_size = 1400, .parts = 3}, payload)));
  Bytes stream;
  for (const Bytes& frame : receive_all(*wire.right)) {
    EXPECT_LE(frame.size(), 1514U);
    const SeenTcp seen = see_tcp(frame);
    stream.insert(stream.end(), seen.payload.begin(), seen.payload.end());
  }
  EXPECT_EQ(stream, payload);
  EXPECT_EQ(wire.left->info().max_segmentation, 0U);
}

TEST(MemoryWire, WithOffloadHandsTheWholeOver) {
  const MemoryWire wire = make_memory_wire({.offload = Offload::on});
  const Bytes payload(30000, std::byte{9});
  ASSERT_TRUE(wire.left->send(tcp_frame({.segment_size = 1400, .parts = 2}, payload)));
  Bytes buffer(kReceiveBufferOctets);
  const auto frame = wire.right->receive(buffer);
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->checksum_verified);
  EXPECT_EQ(frame->segment_size, 1400);
  EXPECT_EQ(to_bytes(frame->bytes.last(payload.size())), payload);
  EXPECT_TRUE(wire.left->info().checksum_offload);
}

TEST(MemoryWire, RefusesFramesLongerThanTheMtu) {
  for (const auto offload : {Offload::on, Offload::off}) {
    const MemoryWire wire = make_memory_wire({.mtu = 600, .offload = offload});
    const Bytes fits = udp_frame(wire::Family::ipv4, Bytes(600 - 28));
    const Bytes longer = udp_frame(wire::Family::ipv4, Bytes(600 - 27));
    EXPECT_TRUE(wire.left->send(plain_frame(fits)));
    const auto refused = wire.left->send(plain_frame(longer));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), std::errc::message_size);
  }
}

TEST(MemoryWire, OtherEndMayBeDestroyed) {
  MemoryWire wire = make_memory_wire({.queue_frames = 1});
  wire.right.reset();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(wire.left->send(plain_frame(udp_frame(wire::Family::ipv4, {}))));
  }
}

TEST(MemoryDevice, SwallowsWhatItIsSent) {
  const auto device = make_memory_device({.queue_frames = 1});
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(device->send(plain_frame(udp_frame(wire::Family::ipv4, {}))));
  }
  EXPECT_TRUE(receive_all(*device).empty());
}

}  // namespace
}  // namespace zsock::drivers::testing
