#include "drivers/device.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>

#include <cstring>

#include "tests/netns/drivers/kernel_link.h"

namespace zsock::drivers::testing {
namespace {

using wire::Family;

constexpr std::array<Kind, 6> kKinds{{{Cable::tap, Offload::on},
                                      {Cable::tap, Offload::off},
                                      {Cable::veth, Offload::on},
                                      {Cable::veth, Offload::off},
                                      {Cable::xdp, Offload::off},
                                      {Cable::generic, Offload::off}}};

class DeviceTest : public KernelLink, public ::testing::WithParamInterface<Kind> {};
INSTANTIATE_TEST_SUITE_P(All, DeviceTest, ::testing::ValuesIn(kKinds), kind_name);

/// A veth pair hands frames over as the kernel made them; a TAP only to who says that it can.
/// For xdp: the sender's offload is off.
bool kernel_leaves_sums(Kind kind) {
  return kind.cable == Cable::veth || kind.offload == Offload::on;
}

TEST_P(DeviceTest, EmptyDeviceSaysTryAgain) {
  open(GetParam());
  if (!device_) return;
  Bytes buffer(kReceiveBufferOctets);
  auto frame = device_->receive(buffer);
  for (int i = 0; frame && i < 100; ++i)
    frame = device_->receive(buffer);  // the kernel's own chatter
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::resource_unavailable_try_again);
}

TEST_P(DeviceTest, RawFramesPassUnchangedBothWays) {
  open(GetParam());
  if (!device_) return;
  const UniqueFd raw(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(kExperimental)));
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_protocol = htons(kExperimental);
  link.sll_ifindex = static_cast<int>(::if_nametoindex(kKernelEnd));
  ASSERT_EQ(::bind(raw.get(), reinterpret_cast<const sockaddr*>(&link), sizeof link), 0);

  SeededRng rng(1);
  Bytes frame = random_bytes(rng, 1514);
  kPeerMac.store(frame, 0);
  kOurMac.store(frame, 6);
  store_be16(frame, 12, kExperimental);
  ASSERT_TRUE(device_->send(plain_frame(frame)));
  EXPECT_EQ(read_kernel(raw.get(), frame.size()), frame);

  kOurMac.store(frame, 0);
  kPeerMac.store(frame, 6);
  const Bytes back =
      receive_until([](const RxFrame& got) { return load_be16(got.bytes, 12) == kExperimental; },
                    [&] { EXPECT_EQ(::send(raw.get(), frame.data(), frame.size(), 0), 1514); });
  EXPECT_EQ(back, frame);
}

TEST_P(DeviceTest, UdpToTheKernel) {
  open(GetParam());
  if (!device_) return;
  SeededRng rng(2);
  for (const auto& [family, address] : {std::pair(Family::ipv4, kPeer4), {Family::ipv6, kPeer6}}) {
    const UniqueFd fd = kernel_socket(SOCK_DGRAM, address, 5353);
    const Bytes payload = random_bytes(rng, 1333);
    ASSERT_TRUE(device_->send(plain_frame(udp_frame(family, payload))));
    EXPECT_EQ(read_kernel(fd.get(), payload.size()), payload);

    // The same with a checksum that the driver or the kernel has to complete.
    Bytes bytes = udp_frame(family, payload);
    const std::size_t start = family == Family::ipv4 ? 34 : 54;
    Bytes flagged = bytes;
    const auto partial = resend_form({.bytes = flagged, .checksum_verified = true});
    ASSERT_TRUE(partial.has_value() && partial->needs_checksum);
    EXPECT_NE(load_be16(partial->header, start + 6), load_be16(bytes, start + 6));
    ASSERT_TRUE(device_->send(*partial));
    EXPECT_EQ(read_kernel(fd.get(), payload.size()), payload);
  }
}

TEST_P(DeviceTest, UdpFromTheKernel) {
  open(GetParam());
  if (!device_) return;
  SeededRng rng(3);
  for (const auto& [peer, ours] : {std::pair(kPeer4, kOur4), {kPeer6, kOur6}}) {
    const UniqueFd fd = kernel_socket(SOCK_DGRAM, peer, 5353);
    const sockaddr_storage to = kernel_address(ours, 53);
    const Bytes payload = random_bytes(rng, 1400);
    const std::size_t start = peer.is_v4() ? 34 : 54;
    const Bytes frame = receive_until(
        [&](const RxFrame& got) {
          return got.bytes.size() == start + 8 + payload.size() &&
                 load_be16(got.bytes, start + 2) == 53;
        },
        [&] {
          ::sendto(fd.get(), payload.data(), payload.size(), 0,
                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
        });
    ASSERT_FALSE(frame.empty());
    EXPECT_EQ(Bytes(frame.end() - static_cast<std::ptrdiff_t>(payload.size()), frame.end()),
              payload);
    EXPECT_EQ(last_.checksum_verified, kernel_leaves_sums(GetParam()));
    const ByteView datagram = ByteView(frame).subspan(start);
    EXPECT_EQ(wire::Udp::verify(datagram, peer, ours), !kernel_leaves_sums(GetParam()));
  }
}

/// A TCP connection that the kernel opens to us, as far as this test needs one.
struct Handshake {
  UniqueFd kernel{};
  std::uint32_t kernel_next = 0;  ///< sequence number of its next octet
  std::uint16_t kernel_port = 0;
  static constexpr std::uint32_t kOurs = 5000;
};

/// Turns a frame of tcp_frame() into one of the connection.
TxFrame on_connection(TxFrame frame, const Handshake& peer) {
  const MutableBytes tcp = MutableBytes(frame.header).subspan(frame.checksum_start);
  store_be16(tcp, 2, peer.kernel_port);
  store_be32(tcp, 8, peer.kernel_next);
  store_be16(tcp, 14, 65535);
  return frame;  // the partial checksum covers addresses and length only
}

class DeviceTcpTest : public DeviceTest {
 protected:
  /// Is it TCP of the kernel's end? Ends of earlier tests may still be heard.
  static bool is_tcp(const RxFrame& frame, Family family) {
    const bool v4 = family == Family::ipv4;
    return frame.bytes.size() >= (v4 ? 54U : 74U) &&
           load_be16(frame.bytes, 12) == (v4 ? 0x0800 : 0x86dd) &&
           load_u8(frame.bytes, v4 ? 23 : 20) == 6;
  }
  static bool is_syn(const RxFrame& frame, Family family) {
    return is_tcp(frame, family) &&
           load_u8(frame.bytes, family == Family::ipv4 ? 47 : 67) == wire::tcp_flag::kSyn;
  }
  static bool is_from(const RxFrame& frame, Family family, std::uint16_t port) {
    return is_tcp(frame, family) &&
           load_be16(frame.bytes, family == Family::ipv4 ? 34 : 54) == port;
  }

  Handshake connect_kernel(Family family) {
    const bool v4 = family == Family::ipv4;
    Handshake peer;
    peer.kernel = kernel_socket(SOCK_STREAM, v4 ? kPeer4 : kPeer6, 0);
    const sockaddr_storage to = kernel_address(v4 ? kOur4 : kOur6, 80);
    const int outcome =
        ::connect(peer.kernel.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    EXPECT_TRUE(outcome == 0 || errno == EINPROGRESS) << std::strerror(errno);
    const Bytes syn =
        receive_until([family](const RxFrame& frame) { return is_syn(frame, family); }, [] {});
    if (syn.empty()) return peer;
    const std::size_t start = v4 ? 34 : 54;
    peer.kernel_port = load_be16(syn, start);
    peer.kernel_next = load_be32(syn, start + 4) + 1;
    const TcpWish answer{.family = family,
                         .sequence = Handshake::kOurs - 1,
                         .flags = 0x12,
                         .options = {.max_segment_size = 1400}};
    EXPECT_TRUE(device_->send(on_connection(tcp_frame(answer, {}), peer)));
    pollfd ready{.fd = peer.kernel.get(), .events = POLLOUT, .revents = 0};
    EXPECT_EQ(::poll(&ready, 1, 3000), 1);
    return peer;
  }
};

INSTANTIATE_TEST_SUITE_P(All, DeviceTcpTest, ::testing::ValuesIn(kKinds), kind_name);

// req: ETH-6
TEST_P(DeviceTcpTest, SuperFramesReachTheKernelAsOneStream) {
  open(GetParam());
  if (!device_) return;
  SeededRng rng(4);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const Handshake peer = connect_kernel(family);
    const Bytes payload = random_bytes(rng, 40001);
    const TcpWish wish{.family = family,
                       .sequence = Handshake::kOurs,
                       .flags = 0x18,
                       .segment_size = 1400,
                       .parts = 3,
                       .options = {}};
    ASSERT_TRUE(device_->send(on_connection(tcp_frame(wish, payload), peer)));
    EXPECT_EQ(read_kernel(peer.kernel.get(), payload.size()), payload);
  }
}

// req: ETH-6
TEST_P(DeviceTcpTest, KernelsBurstsArriveMergedOrSummed) {
  open(GetParam());
  if (!device_) return;
  SeededRng rng(5);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const Handshake peer = connect_kernel(family);
    const Bytes payload = random_bytes(rng, 12000);  // within the kernel's initial window
    ASSERT_EQ(::send(peer.kernel.get(), payload.data(), payload.size(), 0), 12000);
    Bytes stream(payload.size());
    std::size_t filled = 0;
    bool merged = false;
    const auto take = [&](const RxFrame& frame) {
      if (!is_from(frame, family, peer.kernel_port)) return false;
      const auto again = resend_form(frame);
      EXPECT_TRUE(again.has_value());
      merged = merged || frame.segment_size == 1400;
      Segmenter segmenter(*again);
      Bytes out(segmenter.largest_frame());
      for (ByteView made = segmenter.next(out); !made.empty(); made = segmenter.next(out)) {
        const SeenTcp seen = see_tcp(made);
        const std::uint32_t offset = seen.sequence - peer.kernel_next;
        if (seen.payload.empty() || offset + seen.payload.size() > stream.size()) continue;
        EXPECT_LE(seen.payload.size(), 1400U);
        copy_bytes(MutableBytes(stream).subspan(offset), seen.payload);
        filled += seen.payload.size();
      }
      return filled >= stream.size();
    };
    receive_until(take, [] {});
    EXPECT_EQ(stream, payload);
    EXPECT_EQ(merged, kernel_leaves_sums(GetParam()));
  }
}

}  // namespace
}  // namespace zsock::drivers::testing
