#include "drivers/tap.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>
#include <functional>

#include "drivers/offload.h"
#include "drivers/unique_fd.h"
#include "tests/drivers/frames.h"
#include "tests/netns/drivers/own_namespace.h"

namespace zsock::drivers::testing {
namespace {

using ::testing::HasSubstr;
using wire::Family;
using zsock::testing::shell;

constexpr const char* kName = "zstap0";

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

/// A non-blocking kernel socket of the address's family, bound to it.
UniqueFd kernel_socket(int type, const wire::IpAddress& address, std::uint16_t port) {
  UniqueFd fd(::socket(address.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK, 0));
  const sockaddr_storage storage = kernel_address(address, port);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), sizeof storage), 0);
  return fd;
}

/// The kernel's end is kPeer4/kPeer6, the stack's kOur4/kOur6 of frames.h, on one link.
class TapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string why = zsock::testing::enter_own_namespace();
    if (!why.empty()) GTEST_SKIP() << why;
    if (::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "no use of /dev/net/tun";
  }

  /// Opens kName and gives the kernel's end its addresses and neighbours.
  void open(Offload offload) {
    auto opened = open_tap({.name = kName, .mac = kOurMac, .offload = offload});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    tap_ = std::move(*opened);
    const std::string name = kName;
    ASSERT_TRUE(shell("ip link set " + name + " address 02:00:00:00:00:02 && ip addr add " +
                      kPeer4.to_string() + " peer " + kOur4.to_string() + " dev " + name +
                      " && ip -6 addr add " + kPeer6.to_string() + " peer " + kOur6.to_string() +
                      " dev " + name + " nodad && ip neigh replace " + kOur4.to_string() +
                      " lladdr 02:00:00:00:00:01 dev " + name + " && ip -6 neigh replace " +
                      kOur6.to_string() + " lladdr 02:00:00:00:00:01 dev " + name));
    ASSERT_TRUE(reaches_us_over_ipv6());
  }

  /// The kernel makes the routes of a new IPv6 address in its own time.
  static bool reaches_us_over_ipv6() {
    const sockaddr_storage to = kernel_address(kOur6, 9);
    for (int attempt = 0; attempt < 1000; ++attempt) {
      const UniqueFd fd = kernel_socket(SOCK_DGRAM, kPeer6, 0);
      if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
      ::poll(nullptr, 0, 3);
    }
    return false;
  }

  /// The next frame that `wanted` accepts; `provoke` is repeated until it comes, as a new link may
  /// swallow the kernel's frames for a while.
  Bytes receive_until(const std::function<bool(const RxFrame&)>& wanted,
                      const std::function<void()>& provoke) {
    Bytes buffer(kReceiveBufferOctets);
    for (int attempt = 0; attempt < 50; ++attempt) {
      provoke();
      pollfd ready{.fd = tap_->fd(), .events = POLLIN, .revents = 0};
      ::poll(&ready, 1, 100);
      for (auto frame = tap_->receive(buffer); frame; frame = tap_->receive(buffer)) {
        last_ = *frame;
        if (wanted(*frame)) return to_bytes(frame->bytes);
      }
    }
    ADD_FAILURE() << "the frame never came";
    return {};
  }

  std::unique_ptr<Device> tap_;
  RxFrame last_{};  ///< facts of the frame last received; its bytes are gone
};

std::string offload_name(const ::testing::TestParamInfo<Offload>& tested) {
  return tested.param == Offload::on ? "OffloadOn" : "OffloadOff";
}

class TapOffloadTest : public TapTest, public ::testing::WithParamInterface<Offload> {};
INSTANTIATE_TEST_SUITE_P(BothWays, TapOffloadTest, ::testing::Values(Offload::on, Offload::off),
                         offload_name);

/// Everything that comes out of a kernel socket until `size` octets have.
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

TEST_P(TapOffloadTest, CreatesTheDeviceUpAndRemovesIt) {
  ASSERT_EQ(::if_nametoindex(kName), 0U);
  auto opened = open_tap({.name = kName, .mtu = 9000, .offload = GetParam()});
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const DeviceInfo info = (*opened)->info();
  EXPECT_EQ(info.name, kName);
  EXPECT_EQ(info.mtu, 9000);
  EXPECT_EQ(info.checksum_offload, GetParam() == Offload::on);
  EXPECT_EQ(info.max_segmentation > 60000, GetParam() == Offload::on);
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

TEST_F(TapTest, SaysThatPermissionIsMissing) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(77);
    const auto refused = open_tap({.name = kName});
    const bool right = !refused && refused.error().message.starts_with("no permission");
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "only one user in this namespace";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_P(TapOffloadTest, EmptyDeviceSaysTryAgain) {
  open(GetParam());
  Bytes buffer(kReceiveBufferOctets);
  auto frame = tap_->receive(buffer);
  for (int i = 0; frame && i < 100; ++i) frame = tap_->receive(buffer);  // the kernel's own chatter
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::resource_unavailable_try_again);
}

TEST_P(TapOffloadTest, RawFramesPassUnchangedBothWays) {
  open(GetParam());
  constexpr std::uint16_t kExperimental = 0x88b5;  // IEEE 802 local experimental
  const UniqueFd raw(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(kExperimental)));
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_protocol = htons(kExperimental);
  link.sll_ifindex = static_cast<int>(::if_nametoindex(kName));
  ASSERT_EQ(::bind(raw.get(), reinterpret_cast<const sockaddr*>(&link), sizeof link), 0);

  SeededRng rng(1);
  Bytes frame = random_bytes(rng, 1514);
  kPeerMac.store(frame, 0);
  kOurMac.store(frame, 6);
  store_be16(frame, 12, kExperimental);
  ASSERT_TRUE(tap_->send(plain_frame(frame)));
  EXPECT_EQ(read_kernel(raw.get(), frame.size()), frame);

  const Bytes back =
      receive_until([](const RxFrame& got) { return load_be16(got.bytes, 12) == kExperimental; },
                    [&] { EXPECT_EQ(::send(raw.get(), frame.data(), frame.size(), 0), 1514); });
  EXPECT_EQ(back, frame);
}

TEST_P(TapOffloadTest, UdpToTheKernel) {
  open(GetParam());
  SeededRng rng(2);
  for (const auto& [family, address] : {std::pair(Family::ipv4, kPeer4), {Family::ipv6, kPeer6}}) {
    const UniqueFd fd = kernel_socket(SOCK_DGRAM, address, 5353);
    const Bytes payload = random_bytes(rng, 1333);
    ASSERT_TRUE(tap_->send(plain_frame(udp_frame(family, payload))));
    EXPECT_EQ(read_kernel(fd.get(), payload.size()), payload);

    // The same with a checksum that the driver or the kernel has to complete.
    Bytes bytes = udp_frame(family, payload);
    const std::size_t start = family == Family::ipv4 ? 34 : 54;
    Bytes flagged = bytes;
    const auto partial = resend_form({.bytes = flagged, .checksum_verified = true});
    ASSERT_TRUE(partial.has_value() && partial->needs_checksum);
    EXPECT_NE(load_be16(partial->header, start + 6), load_be16(bytes, start + 6));
    ASSERT_TRUE(tap_->send(*partial));
    EXPECT_EQ(read_kernel(fd.get(), payload.size()), payload);
  }
}

TEST_P(TapOffloadTest, UdpFromTheKernel) {
  open(GetParam());
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
    EXPECT_EQ(last_.checksum_verified, GetParam() == Offload::on);
    const ByteView datagram = ByteView(frame).subspan(start);
    EXPECT_EQ(wire::Udp::verify(datagram, peer, ours), GetParam() == Offload::off);
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

class TapTcpTest : public TapOffloadTest {
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
    EXPECT_TRUE(tap_->send(on_connection(tcp_frame(answer, {}), peer)));
    pollfd ready{.fd = peer.kernel.get(), .events = POLLOUT, .revents = 0};
    EXPECT_EQ(::poll(&ready, 1, 3000), 1);
    return peer;
  }
};

INSTANTIATE_TEST_SUITE_P(BothWays, TapTcpTest, ::testing::Values(Offload::on, Offload::off),
                         offload_name);

// req: ETH-6
TEST_P(TapTcpTest, SuperFramesReachTheKernelAsOneStream) {
  open(GetParam());
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
    ASSERT_TRUE(tap_->send(on_connection(tcp_frame(wish, payload), peer)));
    EXPECT_EQ(read_kernel(peer.kernel.get(), payload.size()), payload);
  }
}

// req: ETH-6
TEST_P(TapTcpTest, KernelsBurstsArriveMergedOrSummed) {
  open(GetParam());
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
    EXPECT_EQ(merged, GetParam() == Offload::on);
  }
}

TEST_P(TapOffloadTest, DownLinkLosesFramesAndRecovers) {
  open(GetParam());
  const Bytes frame = udp_frame(Family::ipv4, Bytes(10));
  ASSERT_TRUE(shell(std::string("ip link set ") + kName + " down"));
  const auto lost = tap_->send(plain_frame(frame));
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error(), std::errc::io_error);
  ASSERT_TRUE(shell(std::string("ip link set ") + kName + " up"));
  EXPECT_TRUE(tap_->send(plain_frame(frame)));
}

// req: F9
TEST_P(TapOffloadTest, VanishedDeviceIsAnErrorThatWakesTheHost) {
  open(GetParam());
  ASSERT_TRUE(shell(std::string("ip link del ") + kName));
  pollfd ready{.fd = tap_->fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&ready, 1, 3000), 1);
  EXPECT_NE(ready.revents & POLLERR, 0);
  Bytes buffer(kReceiveBufferOctets);
  const auto frame = tap_->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().value(), EBADFD);
  const auto sent = tap_->send(plain_frame(udp_frame(Family::ipv4, Bytes(10))));
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
