// Rings of datagrams, and applications that lie in them.

#include "daemon/stack/udp/socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "daemon/stack/base/rng.h"

namespace zsock::udp {
namespace {

using Bytes = std::vector<std::byte>;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 5 + 1);
  return bytes;
}

class SocketBench {
 public:
  Bytes receive = Bytes(1024);
  Bytes transmit = Bytes(1024);
  Socket socket{};
  std::uint64_t written = 0;

  SocketBench() { socket.attach(receive, transmit); }

  /// What an application would put into its ring.
  void put(const DatagramHeader& header, const Bytes& payload) {
    Bytes bytes(datagram_footprint(payload.size()));
    std::memcpy(bytes.data(), &header, sizeof header);
    std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof header);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      transmit[(written + i) % transmit.size()] = bytes[i];
    }
    written += bytes.size();
    ASSERT_TRUE(socket.written(written));
  }
  static Bytes gather(const Outgoing& outgoing) {
    Bytes all;
    for (const ByteView part : outgoing.payload) all.insert(all.end(), part.begin(), part.end());
    return all;
  }
};

const wire::Endpoint kLocal{wire::IpAddress::v4(192, 0, 2, 1), 2000, 0};
const wire::Endpoint kRemote{wire::IpAddress::v4(192, 0, 2, 2), 1000, 0};

TEST(UdpSocketDeliver, StoresHeaderPayloadAndPadding) {
  SocketBench bench;
  const Bytes payload = pattern(13);
  ASSERT_TRUE(bench.socket.deliver({.flow = {kLocal, kRemote},
                                    .interface = 3,
                                    .hop_limit = 61,
                                    .traffic_class = 8,
                                    .payload = payload}));
  EXPECT_EQ(bench.socket.receive_ring().tail(), 64U + 16U);
  DatagramHeader header;
  std::memcpy(&header, bench.receive.data(), sizeof header);
  EXPECT_EQ(header.payload_size, 13U);
  EXPECT_EQ(header.full_size, 13U);
  EXPECT_EQ(header.family, 4);
  EXPECT_EQ(header.remote_port, 1000);
  EXPECT_EQ(header.remote[3], 2);
  EXPECT_EQ(header.local[3], 1);
  EXPECT_EQ(header.hop_limit, 61);
  EXPECT_EQ(header.traffic_class, 8);
  EXPECT_EQ(header.interface, 3U);
  EXPECT_EQ(Bytes(bench.receive.begin() + 64, bench.receive.begin() + 77), payload);
}

TEST(UdpSocketDeliver, TakesDatagramsWholeOrNotAtAll) {
  SocketBench bench;
  EXPECT_TRUE(
      bench.socket.deliver({.flow = {kLocal, kRemote}, .payload = pattern(1024 - 64 - 64)}));
  EXPECT_FALSE(bench.socket.deliver({.flow = {kLocal, kRemote}, .payload = pattern(1)}));
  EXPECT_TRUE(bench.socket.deliver({.flow = {kLocal, kRemote}, .payload = {}}));
  EXPECT_EQ(bench.socket.receive_ring().room(), 0U);
  EXPECT_FALSE(bench.socket.deliver({.flow = {kLocal, kRemote}, .payload = {}}));
}

TEST(UdpSocketNext, IsEmptyWhenNothingIsWritten) {
  SocketBench bench;
  const auto next = bench.socket.next();
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->has_value());
}

TEST(UdpSocketNext, ShowsDatagramsInOrderAcrossTheWrap) {
  SocketBench bench;
  for (std::size_t i = 0; i < 50; ++i) {
    const Bytes payload = pattern(i * 7 % 300);
    bench.put({.payload_size = static_cast<std::uint32_t>(payload.size()),
               .remote = {192, 0, 2, 9},
               .remote_port = static_cast<std::uint16_t>(100 + i),
               .family = 4},
              payload);
    const auto next = bench.socket.next();
    ASSERT_TRUE(next);
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->remote.address, wire::IpAddress::v4(192, 0, 2, 9));
    EXPECT_EQ((*next)->remote.port, 100 + i);
    EXPECT_EQ(SocketBench::gather(**next), payload);
    bench.socket.pop();
    EXPECT_EQ(bench.socket.transmit_ring().size(), 0U);
  }
}

TEST(UdpSocketNext, LeavesTheAddressEmptyForTheConnectedPeer) {
  SocketBench bench;
  bench.put({.payload_size = 4, .remote_port = 0, .family = 0}, pattern(4));
  const auto next = bench.socket.next();
  ASSERT_TRUE(next && next->has_value());
  EXPECT_EQ((*next)->remote.port, 0);
}

TEST(UdpSocketNext, RefusesHeadersThatContradictTheRing) {
  for (const std::uint32_t size : {9U, 1000U, 0x7fffffffU, 0xfffffff8U, 0xffffffffU}) {
    SocketBench bench;
    bench.put({.payload_size = size, .remote_port = 0}, pattern(8));
    const auto next = bench.socket.next();
    ASSERT_FALSE(next) << size;
    EXPECT_EQ(next.error(), SockError::protocol_error);
  }
}

TEST(UdpSocketNext, RefusesHalfAHeaderAndMissingPadding) {
  SocketBench bench;
  ASSERT_TRUE(bench.socket.written(63));
  EXPECT_FALSE(bench.socket.next());

  SocketBench unpadded;
  const DatagramHeader header{.payload_size = 5};
  std::memcpy(unpadded.transmit.data(), &header, sizeof header);
  ASSERT_TRUE(unpadded.socket.written(64 + 5));
  EXPECT_FALSE(unpadded.socket.next());
}

TEST(UdpSocketNext, RefusesUnknownFamilies) {
  for (const int family : {0, 1, 2, 5, 7, 10, 255}) {
    SocketBench bench;
    bench.put({.payload_size = 8, .remote_port = 1, .family = static_cast<std::uint8_t>(family)},
              pattern(8));
    EXPECT_FALSE(bench.socket.next()) << family;
  }
}

TEST(UdpSocketPop, DropsWhatWasShownEvenIfTheHeaderHasChangedSince) {
  SocketBench bench;
  bench.put({.payload_size = 8}, pattern(8));
  bench.put({.payload_size = 16}, pattern(16));
  ASSERT_TRUE(bench.socket.next());
  const DatagramHeader forged{.payload_size = 0xffffff00};
  std::memcpy(bench.transmit.data(), &forged, sizeof forged);
  bench.socket.pop();
  const auto next = bench.socket.next();
  ASSERT_TRUE(next && next->has_value());
  EXPECT_EQ((*next)->size, 16U);
}

TEST(UdpSocketIndices, RefuseWhatTheRingCannotHold) {
  SocketBench bench;
  EXPECT_FALSE(bench.socket.written(1025));
  EXPECT_FALSE(bench.socket.written(~std::uint64_t{0}));
  EXPECT_FALSE(bench.socket.consumed(1));
  EXPECT_TRUE(bench.socket.written(1024));
  EXPECT_FALSE(bench.socket.written(1023));
}

// A ring full of noise: every answer is fine but reading astray.
TEST(UdpSocketNext, SurvivesNoise) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    SeededRng rng(seed);
    SocketBench bench;
    for (std::byte& octet : bench.transmit) octet = static_cast<std::byte>(rng.next_u32());
    ASSERT_TRUE(bench.socket.written(rng.below(1025)));
    for (auto next = bench.socket.next(); next && next->has_value(); next = bench.socket.next()) {
      EXPECT_LE(SocketBench::gather(**next).size(), 1024U);
      bench.socket.pop();
    }
  }
}

TEST(UdpSocketSegments, WhatWasSentIsNotShownAgain) {
  SocketBench bench;
  const Bytes payload = pattern(250);
  bench.put({.payload_size = 250, .segment_size = 100}, payload);
  auto shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->segment_size, 100);
  bench.socket.sent_part(100);
  shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->size, 150U);
  EXPECT_EQ(SocketBench::gather(**shown), Bytes(payload.begin() + 100, payload.end()));
  bench.socket.pop();
  bench.put({.payload_size = 8}, pattern(8));
  shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->size, 8U) << "the next one is whole";
}

/// A hostile application makes a datagram smaller while parts of it are being sent.
TEST(UdpSocketSegments, ShrinkingDatagramStaysInside) {
  SocketBench bench;
  bench.put({.payload_size = 250, .segment_size = 100}, pattern(250));
  ASSERT_TRUE(bench.socket.next());
  bench.socket.sent_part(100);
  const DatagramHeader smaller{.payload_size = 50, .segment_size = 100};
  std::memcpy(bench.transmit.data(), &smaller, sizeof smaller);
  const auto shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->size, 0U);
  EXPECT_TRUE(SocketBench::gather(**shown).empty());
}

TEST(UdpSocketChoices, OfTheSender) {
  SocketBench bench;
  DatagramHeader header{.payload_size = 1, .hop_limit = 7, .traffic_class = 8, .interface = 3};
  bench.put(header, pattern(1));
  auto shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->hop_limit, 7);
  EXPECT_EQ((*shown)->interface, 3U);
  EXPECT_FALSE((*shown)->traffic_class) << "not meant";
  EXPECT_FALSE((*shown)->source);
  bench.socket.pop();
  header.flags = datagram_flag::kTrafficClass | datagram_flag::kSourceV4;
  header.local = {192, 0, 2, 9};
  bench.put(header, pattern(1));
  shown = bench.socket.next();
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->traffic_class, 8);
  EXPECT_EQ((*shown)->source, wire::IpAddress::v4(192, 0, 2, 9));
}

}  // namespace
}  // namespace zsock::udp
