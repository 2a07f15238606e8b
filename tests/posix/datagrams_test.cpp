/// \file
/// Options and control data of datagrams: source, hop limit, fragments, joined and cut ones,
/// several at once, when they came (ip(7), ipv6(7), udp(7)).

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <time.h>

#include <array>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/raw_peer.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

constexpr const char* kPeerV4 = "192.0.2.2";
constexpr const char* kPeerV6 = "2001:db8::2";

/// A message with one piece and one part of control data.
class Message {
 public:
  explicit Message(std::string text = std::string(100, '\0')) : text_(std::move(text)) {
    piece_ = {text_.data(), text_.size()};
    header.msg_iov = &piece_;
    header.msg_iovlen = 1;
    header.msg_control = control_.data();
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  template <class T>
  Message& with(int level, int type, const T& value) {
    header.msg_controllen = CMSG_SPACE(sizeof value);
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(part), &value, sizeof value);
    return *this;
  }
  std::string sent(int fd, const Name& to) {
    Name name = to;
    header.msg_name = name.put();
    header.msg_namelen = name.length();
    const std::string result = outcome(::sendmsg(fd, &header, 0));
    header.msg_name = nullptr;
    return result;
  }
  std::string received(int fd, int flags = 0) {
    header.msg_controllen = control_.size();
    return outcome(::recvmsg(fd, &header, flags));
  }
  /// The part that was received; false: there is none.
  template <class T>
  bool part(int level, int type, T& value) {
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
         each = CMSG_NXTHDR(&header, each)) {
      if (each->cmsg_level != level || each->cmsg_type != type) continue;
      std::memcpy(&value, CMSG_DATA(each), sizeof value);
      return true;
    }
    return false;
  }

  msghdr header{};

 private:
  std::string text_;
  iovec piece_{};
  alignas(cmsghdr) std::array<char, 256> control_{};
};

in_pktinfo source(const char* address, int interface = 0) {
  in_pktinfo info{};
  const Name name(address, 0);
  sockaddr_in in{};
  std::memcpy(&in, name.get(), sizeof in);
  info.ipi_spec_dst = in.sin_addr;
  info.ipi_ifindex = interface;
  return info;
}

in6_pktinfo source6(const char* address) {
  in6_pktinfo info{};
  const Name name(address, 0);
  sockaddr_in6 in{};
  std::memcpy(&in, name.get(), sizeof in);
  info.ipi6_addr = in.sin6_addr;
  return info;
}

// --- Control data ------------------------------------------------------------------------------

TEST(Datagrams, ChosenSource) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  const Name name = Name::local(to);
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_PKTINFO, source("192.0.2.1")).sent(from, name), "1");
  ASSERT_TRUE(becomes(to, POLLIN));
  Message message;
  Name peer(AF_UNSPEC);
  message.header.msg_name = peer.put();
  message.header.msg_namelen = *peer.put_length();
  EXPECT_EQ(message.received(to), "1");
  EXPECT_EQ(peer.host(), "192.0.2.1");
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_PKTINFO, source("0.0.0.0")).sent(from, name), "1");
}

TEST(Datagrams, ChosenSourceOfIpv6) {
  const Fd to = bound(SOCK_DGRAM, "::1");
  const Fd from = udp(AF_INET6);
  const Name name = Name::local(to);
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_PKTINFO, source6("2001:db8::1")).sent(from, name),
            "1");
  ASSERT_TRUE(becomes(to, POLLIN));
  Message message;
  Name peer(AF_UNSPEC);
  message.header.msg_name = peer.put();
  message.header.msg_namelen = *peer.put_length();
  EXPECT_EQ(message.received(to), "1");
  EXPECT_EQ(peer.host(), "2001:db8::1");
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_PKTINFO, source6("2001:db8::9")).sent(from, name),
            "EINVAL");
}

TEST(Datagrams, ChosenWrongly) {
  const Fd fd = udp();
  const Name to("192.0.2.90", 9);  // nobody, so that no other case hears of it
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_PKTINFO, source("192.0.2.9")).sent(fd, to),
            "ENETUNREACH");
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_PKTINFO, source("0.0.0.0", 99)).sent(fd, to),
            "ENODEV");
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_PKTINFO, std::uint8_t{0}).sent(fd, to), "EINVAL");
  for (const int ttl : {0, -1, 256}) {
    EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_TTL, ttl).sent(fd, to), "EINVAL") << ttl;
  }
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_TOS, 256).sent(fd, to), "EINVAL");
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_MTU, 1).sent(fd, to), "EINVAL");
  EXPECT_EQ(Message("x").with(SOL_SOCKET, 12345, 1).sent(fd, to), "EINVAL");
  EXPECT_EQ(Message("x").with(IPPROTO_UDP, UDP_CORK, 1).sent(fd, to), "EINVAL");
  EXPECT_EQ(Message("x").with(IPPROTO_TCP, TCP_NODELAY, 1).sent(fd, to), "1") << "not its level";
  Message cut("x");
  cut.with(IPPROTO_IP, IP_TTL, 33);
  CMSG_FIRSTHDR(&cut.header)->cmsg_len = 1000;
  EXPECT_EQ(cut.sent(fd, to), "EINVAL");
}

TEST(Datagrams, OneOctetOfTrafficClass) {
  RawPeer peer(kPeerV4);
  const Fd fd = udp();
  EXPECT_EQ(Message("x").with(IPPROTO_IP, IP_TOS, std::uint8_t{8}).sent(fd, peer.name(9)), "1");
  EXPECT_EQ(peer.datagram().traffic_class, 8);
  EXPECT_EQ(send_to_outcome(fd, "x", peer.name(9)), "1");
  EXPECT_EQ(peer.datagram().traffic_class, 0) << "of one datagram only";
}

TEST(Datagrams, HopLimitOfIpv6) {
  RawPeer peer(kPeerV6);
  const Fd fd = udp(AF_INET6);
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_HOPLIMIT, 7).sent(fd, peer.name(9)), "1");
  EXPECT_EQ(peer.datagram().hop_limit, 7);
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_HOPLIMIT, -1).sent(fd, peer.name(9)), "1");
  EXPECT_EQ(peer.datagram().hop_limit, 64);
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_TCLASS, 8).sent(fd, peer.name(9)), "1");
  EXPECT_EQ(peer.datagram().traffic_class, 8);
  EXPECT_EQ(Message("x").with(IPPROTO_IPV6, IPV6_HOPLIMIT, 256).sent(fd, peer.name(9)), "EINVAL");
}

// --- Fragments ---------------------------------------------------------------------------------

TEST(Datagrams, DontFragment) {
  RawPeer peer(kPeerV4);
  const Fd fd = udp();
  EXPECT_EQ(option(fd, IPPROTO_IP, IP_MTU_DISCOVER), std::to_string(IP_PMTUDISC_WANT));
  EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, 6), "EINVAL");
  for (const auto& [mode, expected] :
       {std::pair{IP_PMTUDISC_DONT, false}, std::pair{IP_PMTUDISC_WANT, true},
        std::pair{IP_PMTUDISC_DO, true}, std::pair{IP_PMTUDISC_PROBE, true},
        std::pair{IP_PMTUDISC_INTERFACE, false}, std::pair{IP_PMTUDISC_OMIT, false}}) {
    EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, mode), "0");
    EXPECT_EQ(send_to_outcome(fd, "x", peer.name(9)), "1");
    EXPECT_EQ(peer.datagram().dont_fragment, expected) << mode;
    const bool limited =
        mode == IP_PMTUDISC_DO || mode == IP_PMTUDISC_PROBE || mode == IP_PMTUDISC_INTERFACE;
    EXPECT_EQ(send_to_outcome(fd, std::string(1473, 'x'), peer.name(9)),
              limited ? "EMSGSIZE" : "1473")
        << mode;
    if (limited) continue;
    peer.datagram();  // two fragments
    peer.datagram();
  }
}

TEST(Datagrams, DontFragmentV6) {
  RawPeer peer("2001:db8::81");
  const std::string much(1453, 'x');
  const Fd fd = udp(AF_INET6);
  EXPECT_EQ(send_to_outcome(udp(AF_INET6), much, peer.name(9)), "1453");
  EXPECT_EQ(option(fd, IPPROTO_IPV6, IPV6_DONTFRAG), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 7), "0");
  EXPECT_EQ(option(fd, IPPROTO_IPV6, IPV6_DONTFRAG), "1");
  EXPECT_EQ(send_to_outcome(fd, much, peer.name(9)), "EMSGSIZE");
  EXPECT_EQ(send_to_outcome(fd, std::string(1452, 'x'), peer.name(9)), "1452");
  EXPECT_EQ(peer.datagram().text.size(), 1452U);
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT), "0");
  EXPECT_EQ(send_to_outcome(fd, much, peer.name(9)), "EMSGSIZE");
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 0), "0");
  EXPECT_EQ(send_to_outcome(fd, much, peer.name(9)), "1453");
  EXPECT_EQ(set_option(tcp(AF_INET6), IPPROTO_IPV6, IPV6_DONTFRAG, 1), "0");
  EXPECT_EQ(set_option(udp(), IPPROTO_IPV6, IPV6_DONTFRAG, 1), "ENOPROTOOPT");
}

/// With DO a smaller path is an error of the call; PROBE does not believe in it.
TEST(Datagrams, BeyondALearnedPath) {
  for (const char* address : {"192.0.2.80", "2001:db8::80"}) {
    RawPeer peer(address);
    const bool v4 = peer.is_v4();
    const Fd fd = udp(v4 ? AF_INET : AF_INET6);
    const int level = v4 ? int{IPPROTO_IP} : int{IPPROTO_IPV6};
    const int discover = v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER;
    ASSERT_EQ(set_option(fd, level, discover, IP_PMTUDISC_DO), "0");
    ASSERT_EQ(connect_outcome(fd, peer.name(9)), "0");
    EXPECT_EQ(send_outcome(fd, std::string(1400, 'x')), "1400");
    peer.icmp(peer.datagram(), v4 ? IcmpMessage{3, 4, 1300} : IcmpMessage{2, 0, 1300});
    EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
    EXPECT_EQ(pending_error(fd), "EMSGSIZE");
    const std::size_t most = 1300 - (v4 ? 28U : 48U);
    EXPECT_EQ(send_outcome(fd, std::string(most + 1, 'x')), "EMSGSIZE");
    EXPECT_EQ(send_outcome(fd, std::string(most, 'x')), std::to_string(most));
    EXPECT_EQ(peer.datagram().text.size(), most);
    EXPECT_EQ(set_option(fd, level, discover, IP_PMTUDISC_PROBE), "0");
    EXPECT_EQ(send_outcome(fd, std::string(most + 1, 'x')), std::to_string(most + 1));
    EXPECT_EQ(peer.datagram().text.size(), most + 1);
  }
}

// --- Joined and cut ----------------------------------------------------------------------------

TEST(Datagrams, Cork) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd fd = udp();
  EXPECT_EQ(set_option(fd, IPPROTO_UDP, UDP_CORK, 1), "0");
  EXPECT_EQ(option(fd, IPPROTO_UDP, UDP_CORK), "1");
  EXPECT_EQ(send_to_outcome(fd, "abc", Name::local(to)), "3");
  EXPECT_EQ(send_to_outcome(fd, "def", {kPeerV4, 9}), "3") << "the first has said where to";
  EXPECT_EQ(received(to), "EAGAIN");
  EXPECT_EQ(set_option(fd, IPPROTO_UDP, UDP_CORK, 0), "0");
  EXPECT_EQ(received_in_time(to), "\"abcdef\"");
  EXPECT_EQ(send_to_outcome(fd, "ghi", Name::local(to)), "3");
  EXPECT_EQ(received_in_time(to), "\"ghi\"");
}

TEST(Datagrams, TooMuchJoined) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd fd = udp();
  ASSERT_EQ(connect_outcome(fd, Name::local(to)), "0");
  EXPECT_EQ(send_outcome(fd, std::string(40000, 'x'), MSG_MORE), "40000");
  EXPECT_EQ(send_outcome(fd, std::string(40000, 'x'), MSG_MORE), "EMSGSIZE");
  EXPECT_EQ(send_outcome(fd, "new"), "3");
  EXPECT_EQ(received_in_time(to), "\"new\"") << "what was begun is lost";
}

TEST(Datagrams, Segments) {
  RawPeer peer(kPeerV4);
  const Fd fd = udp();
  const std::string text = std::string(100, 'a') + std::string(100, 'b') + std::string(20, 'c');
  const auto expect_pieces = [&] {
    EXPECT_EQ(peer.datagram().text, std::string(100, 'a'));
    EXPECT_EQ(peer.datagram().text, std::string(100, 'b'));
    EXPECT_EQ(peer.datagram().text, std::string(20, 'c'));
  };
  Message message(text);
  message.with(IPPROTO_UDP, UDP_SEGMENT, std::uint16_t{100});
  EXPECT_EQ(message.sent(fd, peer.name(9)), "220");
  expect_pieces();
  EXPECT_EQ(option(fd, IPPROTO_UDP, UDP_SEGMENT), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_UDP, UDP_SEGMENT, 100), "0");
  EXPECT_EQ(option(fd, IPPROTO_UDP, UDP_SEGMENT), "100");
  EXPECT_EQ(send_to_outcome(fd, text, peer.name(9)), "220");
  expect_pieces();
  EXPECT_EQ(send_to_outcome(fd, "", peer.name(9)), "0");
  EXPECT_EQ(peer.datagram().text, "") << "an empty one is one";
  EXPECT_EQ(set_option(fd, IPPROTO_UDP, UDP_SEGMENT, 65536), "EINVAL");
  EXPECT_EQ(send_to_outcome(fd, std::string(100 * 129, 'x'), peer.name(9)), "EINVAL");
  EXPECT_EQ(set_option(fd, IPPROTO_UDP, UDP_SEGMENT, 0), "0");
  EXPECT_EQ(send_to_outcome(fd, text, peer.name(9)), "220");
  EXPECT_EQ(peer.datagram().text, text);
  EXPECT_EQ(set_option(tcp(), IPPROTO_UDP, UDP_SEGMENT, 100), "ENOPROTOOPT");
}

/// What recvmsg() gives of datagrams that UDP_GRO may have joined: "250 by 100", or "100".
std::string joined(int fd, int flags = 0) {
  Message message(std::string(65535, '\0'));
  const std::string octets = message.received(fd, flags);
  int segment = 0;
  return message.part(IPPROTO_UDP, UDP_GRO, segment) ? octets + " by " + std::to_string(segment)
                                                     : octets;
}

TEST(Datagrams, JoinedWhereThatIsWanted) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    SCOPED_TRACE(address);
    const Fd to = bound(SOCK_DGRAM, address);
    const Fd from = udp(Name::local(to).domain());
    const auto send_cut = [&](std::size_t octets, int segment) {
      EXPECT_EQ(set_option(from, IPPROTO_UDP, UDP_SEGMENT, segment), "0");
      EXPECT_EQ(send_to_outcome(from, std::string(octets, 'x'), Name::local(to)),
                std::to_string(octets));
      EXPECT_TRUE(becomes(to, POLLIN));
      std::this_thread::sleep_for(kMoment);
    };
    EXPECT_EQ(option(to, IPPROTO_UDP, UDP_GRO), "0");
    send_cut(250, 100);
    for (const char* each : {"100", "100", "50"}) EXPECT_EQ(joined(to), each) << "nobody asked";
    EXPECT_EQ(set_option(to, IPPROTO_UDP, UDP_GRO, 1), "0");
    EXPECT_EQ(option(to, IPPROTO_UDP, UDP_GRO), "1");
    send_cut(250, 100);
    EXPECT_EQ(joined(to, MSG_PEEK), "250 by 100");
    EXPECT_EQ(joined(to), "250 by 100");
    EXPECT_EQ(joined(to), "EAGAIN");
    send_cut(80, 0);
    EXPECT_EQ(joined(to), "80") << "one is not joined";
    send_cut(0, 0);
    EXPECT_EQ(joined(to), "0");
    send_cut(60 * 1000, 1000);
    EXPECT_EQ(received(to, 0, 65536).size(), 60 * 1000U + 2) << "recv() gets all of it as well";
    EXPECT_EQ(set_option(to, IPPROTO_UDP, UDP_GRO, 0), "0");
    send_cut(200, 100);
    for (const char* each : {"100", "100"}) EXPECT_EQ(joined(to), each);
  }
  EXPECT_EQ(set_option(tcp(), IPPROTO_UDP, UDP_GRO, 1), "ENOPROTOOPT");
}

TEST(Datagrams, FlowsAreNotJoined) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(set_option(to, IPPROTO_UDP, UDP_GRO, 1), "0");
  const Fd one = udp();
  const Fd other = udp();
  for (const Fd* from : {&one, &other}) {
    EXPECT_EQ(set_option(*from, IPPROTO_UDP, UDP_SEGMENT, 10), "0");
    EXPECT_EQ(send_to_outcome(*from, std::string(20, 'x'), Name::local(to)), "20");
  }
  ASSERT_TRUE(becomes(to, POLLIN));
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(joined(to), "20 by 10");
  EXPECT_EQ(joined(to), "20 by 10");
}

/// What is left of IP_PKTINFO and IP_TTL where there is room for so many octets.
std::string control_in(int fd, std::size_t room) {
  alignas(cmsghdr) std::array<char, 128> space{};
  char octet = 0;
  iovec piece{&octet, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = room;
  if (::recvmsg(fd, &message, 0) != 1) return "nothing";
  std::string text = std::to_string(message.msg_controllen);
  if ((message.msg_flags & MSG_CTRUNC) != 0) text += " cut";
  std::size_t at = 0;
  while (message.msg_controllen - at >= sizeof(cmsghdr)) {
    cmsghdr header{};
    std::memcpy(&header, &space[at], sizeof header);
    text += " " + std::to_string(header.cmsg_type) + ":" + std::to_string(header.cmsg_len);
    const std::size_t step = CMSG_ALIGN(header.cmsg_len);
    if (step > message.msg_controllen - at) break;
    at += step;
  }
  return text;
}

TEST(Datagrams, ControlDataWithoutRoomIsCut) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  EXPECT_EQ(set_option(to, IPPROTO_IP, IP_PKTINFO, 1), "0");
  EXPECT_EQ(set_option(to, IPPROTO_IP, IP_RECVTTL, 1), "0");
  const std::array<std::pair<std::size_t, const char*>, 8> cases{{{0, "0 cut"},
                                                                  {8, "0 cut"},
                                                                  {16, "16 cut 8:16"},
                                                                  {20, "20 cut 8:20"},
                                                                  {32, "32 cut 8:28"},
                                                                  {48, "48 cut 8:28 2:16"},
                                                                  {50, "50 cut 8:28 2:18"},
                                                                  {56, "56 8:28 2:20"}}};
  for (const auto& [room, expected] : cases) {
    EXPECT_EQ(send_to_outcome(from, "x", Name::local(to)), "1");
    ASSERT_TRUE(becomes(to, POLLIN));
    EXPECT_EQ(control_in(to, room), expected) << room;
  }
}

// --- Several, and when -------------------------------------------------------------------------

TEST(Datagrams, SeveralAtOnce) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  ASSERT_EQ(connect_outcome(from, Name::local(to)), "0");
  std::array<std::string, 3> texts{"a", "bb", "ccc"};
  std::array<iovec, 3> pieces{};
  std::array<mmsghdr, 3> messages{};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    pieces[i] = {texts[i].data(), texts[i].size()};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  EXPECT_EQ(outcome(::sendmmsg(from, messages.data(), 3, 0)), "3");
  EXPECT_EQ(messages[2].msg_len, 3U);
  ASSERT_TRUE(eventually([&] {
    std::array<char, 8> octets{};
    return ::recv(to, octets.data(), octets.size(), MSG_PEEK) > 0;
  }));
  std::array<std::array<char, 8>, 3> buffers{};
  for (std::size_t i = 0; i < buffers.size(); ++i) pieces[i] = {buffers[i].data(), 8};
  unsigned got = 0;
  EXPECT_TRUE(eventually([&] {
    const int more = ::recvmmsg(to, messages.data() + got, 3 - got, MSG_DONTWAIT, nullptr);
    if (more > 0) got += static_cast<unsigned>(more);
    return got == 3;
  }));
  EXPECT_EQ(messages[0].msg_len, 1U);
  EXPECT_EQ(messages[2].msg_len, 3U);
  EXPECT_EQ(std::string(buffers[2].data(), 3), "ccc");
  EXPECT_EQ(outcome(::recvmmsg(to, messages.data(), 3, MSG_DONTWAIT, nullptr)), "EAGAIN");
  timespec wrong{.tv_sec = 0, .tv_nsec = -1};
  EXPECT_EQ(outcome(::recvmmsg(to, messages.data(), 3, MSG_DONTWAIT, &wrong)), "EINVAL");
}

TEST(Datagrams, Timestamps) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(set_option(to, SOL_SOCKET, SO_TIMESTAMPNS, 1), "0");
  timespec before{};
  ::clock_gettime(CLOCK_REALTIME, &before);
  EXPECT_EQ(send_to_outcome(udp(), "x", Name::local(to)), "1");
  ASSERT_TRUE(becomes(to, POLLIN));
  Message message;
  EXPECT_EQ(message.received(to), "1");
  timespec fine{};
  ASSERT_TRUE(message.part(SOL_SOCKET, SCM_TIMESTAMPNS, fine));
  EXPECT_GE(fine.tv_sec, before.tv_sec - 1);
  EXPECT_LE(fine.tv_sec, before.tv_sec + kPatience.count());
  EXPECT_EQ(set_option(to, SOL_SOCKET, SO_TIMESTAMP, 1), "0");
  EXPECT_EQ(option(to, SOL_SOCKET, SO_TIMESTAMPNS), "0") << "one ends the other";
  EXPECT_EQ(send_to_outcome(udp(), "x", Name::local(to)), "1");
  ASSERT_TRUE(becomes(to, POLLIN));
  Message second;
  EXPECT_EQ(second.received(to), "1");
  timeval coarse{};
  EXPECT_FALSE(second.part(SOL_SOCKET, SCM_TIMESTAMPNS, fine));
  ASSERT_TRUE(second.part(SOL_SOCKET, SCM_TIMESTAMP, coarse));
  EXPECT_GE(coarse.tv_sec, before.tv_sec - 1);
  EXPECT_EQ(set_option(to, SOL_SOCKET, SO_TIMESTAMP, 0), "0");
  EXPECT_EQ(option(to, SOL_SOCKET, SO_TIMESTAMP), "0");
}

// --- Groups ------------------------------------------------------------------------------------

TEST(Datagrams, InterfaceOfGroups) {
  const Fd fd = udp();
  in_addr address{};
  EXPECT_EQ(outcome(::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, 3)), "EINVAL");
  const in_pktinfo ours = source("192.0.2.1");
  const in_pktinfo strange = source("192.0.2.9");
  EXPECT_EQ(outcome(::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &strange.ipi_spec_dst, 4)),
            "EADDRNOTAVAIL");
  EXPECT_EQ(outcome(::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &ours.ipi_spec_dst, 4)), "0");
  socklen_t length = sizeof address;
  ASSERT_EQ(outcome(::getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, &length)), "0");
  EXPECT_EQ(address.s_addr, ours.ipi_spec_dst.s_addr);
  const Fd fd6 = udp(AF_INET6);
  EXPECT_EQ(set_option(fd6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 99), "ENODEV");
  EXPECT_EQ(set_option(fd6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 0), "0");
}

TEST(Datagrams, OnlyOwnGroups) {
  const Fd member = bound(SOCK_DGRAM, "0.0.0.0");
  ip_mreqn request{};
  const in_pktinfo group = source("224.0.0.200");
  request.imr_multiaddr = group.ipi_spec_dst;
  request.imr_address = source("192.0.2.1").ipi_spec_dst;
  ASSERT_EQ(outcome(::setsockopt(member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request)),
            "0");
  const std::uint16_t port = Name::local(member).port();
  RawPeer peer(kPeerV4);
  EXPECT_EQ(option(member, IPPROTO_IP, IP_MULTICAST_ALL), "1");
  peer.send_datagram(9, {"224.0.0.200", port}, "one");
  EXPECT_EQ(received_in_time(member), "\"one\"");
  const Fd other = bound(SOCK_DGRAM, "0.0.0.0");
  const std::uint16_t others = Name::local(other).port();
  peer.send_datagram(9, {"224.0.0.200", others}, "two");
  EXPECT_EQ(received_in_time(other), "\"two\"") << "others' groups as well";
  EXPECT_EQ(set_option(other, IPPROTO_IP, IP_MULTICAST_ALL, 0), "0");
  peer.send_datagram(9, {"224.0.0.200", others}, "three");
  peer.settle();
  EXPECT_EQ(received(other), "EAGAIN");
}

TEST(Datagrams, OwnOnesComeBackFromJoinedGroups) {
  const Fd from = bound(SOCK_DGRAM, "192.0.2.1");
  const Fd to = bound(SOCK_DGRAM, "0.0.0.0");
  const in_pktinfo ours = source("192.0.2.1");
  ASSERT_EQ(outcome(::setsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &ours.ipi_spec_dst, 4)), "0");
  const Name group("224.0.0.201", Name::local(to).port());
  EXPECT_EQ(outcome(::sendto(from, "one", 3, 0, group.get(), group.length())), "3");
  EXPECT_TRUE(eventually([&] {
    int unsent = -1;
    return ::ioctl(from, SIOCOUTQ, &unsent) == 0 && unsent == 0;
  })) << "before anybody is a member";
  const Fd member = bound(SOCK_DGRAM, "0.0.0.0");
  ip_mreqn request{};
  request.imr_multiaddr = source("224.0.0.201").ipi_spec_dst;
  request.imr_address = ours.ipi_spec_dst;
  ASSERT_EQ(outcome(::setsockopt(member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request)),
            "0");
  EXPECT_EQ(outcome(::sendto(from, "two", 3, 0, group.get(), group.length())), "3");
  EXPECT_EQ(received_in_time(to), "\"two\"");
}

}  // namespace
}  // namespace zsock::posix
