/// \file
/// What ICMP errors do to sockets (conformance 2.6), and the error queue (ip(7), ipv6(7)).

#include <gtest/gtest.h>
#include <linux/errqueue.h>

#include <array>
#include <cstring>
#include <vector>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/raw_peer.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPeerV4 = "192.0.2.2";
constexpr const char* kPeerV6 = "2001:db8::2";

/// A row of the table. "0": nothing happens.
struct Row {
  int type;
  int code;
  const char* connected;  ///< UDP, connected
  const char* queued;     ///< UDP with IP_RECVERR
  const char* stream;     ///< TCP: the end of SYN-SENT, a soft error of ESTABLISHED
};

constexpr std::array kRowsV4{
    Row{3, 0, "0", "ENETUNREACH", "ENETUNREACH"},
    Row{3, 1, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 2, "ENOPROTOOPT", "ENOPROTOOPT", "ENOPROTOOPT"},
    Row{3, 3, "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"},
    Row{3, 5, "0", "EOPNOTSUPP", "EOPNOTSUPP"},
    Row{3, 6, "ENETUNREACH", "ENETUNREACH", "ENETUNREACH"},
    Row{3, 7, "EHOSTDOWN", "EHOSTDOWN", "EHOSTDOWN"},
    Row{3, 8, "ENONET", "ENONET", "ENONET"},
    Row{3, 9, "ENETUNREACH", "ENETUNREACH", "ENETUNREACH"},
    Row{3, 10, "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 11, "0", "ENETUNREACH", "ENETUNREACH"},
    Row{3, 12, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 13, "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 14, "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 15, "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{3, 16, "0", "0", "0"},
    Row{11, 0, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{12, 0, "EPROTO", "EPROTO", "EPROTO"},
    Row{4, 0, "0", "0", "0"},
    Row{5, 1, "0", "0", "0"},
};

constexpr std::array kRowsV6{
    Row{1, 0, "0", "ENETUNREACH", "ENETUNREACH"},
    Row{1, 1, "EACCES", "EACCES", "EACCES"},
    Row{1, 2, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{1, 3, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{1, 4, "ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"},
    Row{1, 5, "EACCES", "EACCES", "EACCES"},
    Row{1, 6, "EACCES", "EACCES", "EACCES"},
    Row{1, 7, "EPROTO", "EPROTO", "EPROTO"},
    Row{3, 0, "0", "EHOSTUNREACH", "EHOSTUNREACH"},
    Row{4, 0, "EPROTO", "EPROTO", "EPROTO"},
    Row{4, 1, "EPROTO", "EPROTO", "EPROTO"},
};

/// Calls test(peer, row) for every row of both families.
template <class Test>
void for_every_row(Test test) {
  for (const bool v4 : {true, false}) {
    RawPeer peer(v4 ? kPeerV4 : kPeerV6);
    const std::vector<Row> rows = v4 ? std::vector<Row>(kRowsV4.begin(), kRowsV4.end())
                                     : std::vector<Row>(kRowsV6.begin(), kRowsV6.end());
    for (const Row& row : rows) {
      SCOPED_TRACE((v4 ? "ICMP " : "ICMPv6 ") + std::to_string(row.type) + "/" +
                   std::to_string(row.code));
      test(peer, row);
    }
  }
}

bool set_receive_error(int fd, const RawPeer& peer) {
  return set_option(fd, peer.is_v4() ? int{IPPROTO_IP} : int{IPPROTO_IPV6},
                    peer.is_v4() ? IP_RECVERR : IPV6_RECVERR, 1) == "0";
}

int domain(const RawPeer& peer) {
  return peer.is_v4() ? AF_INET : AF_INET6;
}

/// With its own port, so that no other socket's error is meant.
Fd connected_udp(const RawPeer& peer) {
  Fd fd = udp(domain(peer));
  EXPECT_EQ(connect_outcome(fd, peer.name(9)), "0");
  return fd;
}

Seen sent(RawPeer& peer, int fd, const std::string& text = "question") {
  EXPECT_EQ(send_outcome(fd, text), std::to_string(text.size()));
  return peer.datagram(Name::local(fd).port());
}

const char* with_error(const std::string& error) {
  return error == "0" ? "OUT" : shown(kError);
}

// --- UDP ---------------------------------------------------------------------------------------

TEST(Icmp, UdpConnected) {
  for_every_row([](RawPeer& peer, const Row& row) {
    const Fd fd = connected_udp(peer);
    peer.icmp(sent(peer, fd), {row.type, row.code});
    peer.settle();
    EXPECT_EQ(events(fd), with_error(row.connected));
    EXPECT_EQ(pending_error(fd), row.connected);
    EXPECT_EQ(pending_error(fd), "0") << "told once";
    EXPECT_EQ(events(fd), "OUT");
    sent(peer, fd);
  });
}

TEST(Icmp, UdpUnconnected) {
  for_every_row([](RawPeer& peer, const Row& row) {
    const Fd fd = udp(domain(peer));
    EXPECT_EQ(send_to_outcome(fd, "x", peer.name(9)), "1");
    peer.icmp(peer.datagram(Name::local(fd).port()), {row.type, row.code});
    peer.settle();
    EXPECT_EQ(events(fd), "OUT");
    EXPECT_EQ(pending_error(fd), "0");
  });
}

/// One that is told by the next call.
TEST(Icmp, UdpToldByTheNextCall) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  peer.icmp(sent(peer, fd), {3, 3});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  EXPECT_EQ(received(fd), "ECONNREFUSED");
  EXPECT_EQ(received(fd), "EAGAIN");
  peer.icmp(sent(peer, fd), {3, 3});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  EXPECT_EQ(send_outcome(fd, "x"), "ECONNREFUSED");
  EXPECT_EQ(send_outcome(fd, "x"), "1");
}

TEST(Icmp, UdpErrorBeforeData) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  const Seen question = sent(peer, fd);
  peer.send_datagram(9, Name::local(fd), "answer");
  ASSERT_TRUE(becomes(fd, POLLIN));
  peer.icmp(question, {3, 3});
  peer.settle();
  EXPECT_EQ(events(fd), shown(kErrorAndData));
  EXPECT_EQ(received(fd), "ECONNREFUSED");
  EXPECT_EQ(received(fd), "\"answer\"");
}

/// A blocked reader is told at once.
TEST(Icmp, UdpWakesAReader) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  const Seen question = sent(peer, fd);
  set_blocking(fd, true);
  const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  peer.icmp(question, {3, 3});
  EXPECT_EQ(received(fd), "ECONNREFUSED");
}

/// What quotes nothing that the socket could have sent is nobody's.
TEST(Icmp, UdpOfAStranger) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  Seen question = sent(peer, fd);
  constexpr std::size_t kDestinationPort = 23;
  question.packet[kDestinationPort] ^= 1U;
  peer.icmp(question, {3, 3});
  peer.settle();
  EXPECT_EQ(events(fd), "OUT");
}

TEST(Icmp, UdpTooBig) {
  for (const char* address : {"192.0.2.70", "2001:db8::70"}) {
    RawPeer peer(address);
    const Fd stranger = udp(domain(peer));
    const IcmpMessage message = peer.is_v4() ? IcmpMessage{3, 4, 1400} : IcmpMessage{2, 0, 1400};
    EXPECT_EQ(send_to_outcome(stranger, std::string(1440, 'x'), peer.name(9)), "1440");
    peer.icmp(peer.datagram(Name::local(stranger).port()), message);
    peer.settle();
    EXPECT_EQ(pending_error(stranger), "0") << "not connected";
    const int level = peer.is_v4() ? int{IPPROTO_IP} : int{IPPROTO_IPV6};
    EXPECT_EQ(option(connected_udp(peer), level, peer.is_v4() ? IP_MTU : IPV6_MTU), "1400")
        << "but learned";
    RawPeer other(peer.is_v4() ? "192.0.2.71" : "2001:db8::71");
    const Fd fd = connected_udp(other);
    other.icmp(sent(other, fd, std::string(1440, 'x')), message);
    EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
    EXPECT_EQ(pending_error(fd), "EMSGSIZE");
    EXPECT_EQ(option(fd, level, peer.is_v4() ? IP_MTU : IPV6_MTU), "1400");
  }
}

// --- The queue ---------------------------------------------------------------------------------

/// An entry of the error queue.
struct Told {
  std::string outcome{};  ///< what was received, in quotes, or the errno
  int flags = 0;
  std::string destination{};
  int level = 0;
  int type = 0;
  sock_extended_err error{};
  std::string offender{};  ///< without port
};

Told told(int fd, std::size_t most = 1024) {
  std::array<char, 1024> data{};
  alignas(cmsghdr) std::array<char, 512> control{};
  Name name(AF_UNSPEC);
  iovec piece{data.data(), most};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_name = name.put();
  message.msg_namelen = *name.put_length();
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Told entry;
  const ssize_t result = ::recvmsg(fd, &message, MSG_ERRQUEUE);
  if (result < 0) {
    entry.outcome = outcome(result);
    return entry;
  }
  entry.outcome = "\"" + std::string(data.data(), static_cast<std::size_t>(result)) + "\"";
  entry.flags = message.msg_flags;
  if (message.msg_namelen > 0) entry.destination = name.text();
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    const bool errors = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                        (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
    if (!errors) continue;
    entry.level = part->cmsg_level;
    entry.type = part->cmsg_type;
    std::memcpy(&entry.error, CMSG_DATA(part), sizeof entry.error);
    Name offender(AF_UNSPEC);
    std::memcpy(offender.put(), CMSG_DATA(part) + sizeof entry.error,
                part->cmsg_len - CMSG_LEN(sizeof entry.error));
    entry.offender = offender.get()->sa_family == AF_UNSPEC ? "nobody" : offender.host();
  }
  return entry;
}

TEST(Icmp, QueueEmpty) {
  const Fd fd = udp();
  EXPECT_EQ(told(fd).outcome, "EAGAIN");
  EXPECT_EQ(told(tcp()).outcome, "EAGAIN");
  set_blocking(fd, true);
  EXPECT_EQ(told(fd).outcome, "EAGAIN") << "never waits";
}

TEST(Icmp, QueueOfUdp) {
  for_every_row([](RawPeer& peer, const Row& row) {
    for (const bool connected : {true, false}) {
      const Fd fd = connected ? connected_udp(peer) : udp(domain(peer));
      ASSERT_TRUE(set_receive_error(fd, peer));
      EXPECT_EQ(connected ? send_outcome(fd, "text") : send_to_outcome(fd, "text", peer.name(9)),
                "4");
      peer.icmp(peer.datagram(Name::local(fd).port()), {row.type, row.code});
      peer.settle();
      EXPECT_EQ(events(fd), with_error(row.queued));
      EXPECT_EQ(pending_error(fd), row.queued);
      EXPECT_EQ(events(fd), with_error(row.queued)) << "still in the queue";
      const Told entry = told(fd);
      EXPECT_EQ(events(fd), "OUT");
      if (std::string(row.queued) == "0") {
        EXPECT_EQ(entry.outcome, "EAGAIN");
        continue;
      }
      EXPECT_EQ(entry.outcome, "\"text\"");
      EXPECT_EQ(entry.flags, MSG_ERRQUEUE);
      EXPECT_EQ(entry.destination, peer.name(9).text());
      EXPECT_EQ(entry.level, peer.is_v4() ? int{IPPROTO_IP} : int{IPPROTO_IPV6});
      EXPECT_STREQ(::strerrorname_np(static_cast<int>(entry.error.ee_errno)), row.queued);
      EXPECT_EQ(entry.error.ee_origin, peer.is_v4() ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
      EXPECT_EQ(entry.error.ee_type, row.type);
      EXPECT_EQ(entry.error.ee_code, row.code);
      EXPECT_EQ(entry.error.ee_info, 0U);
      EXPECT_EQ(entry.error.ee_data, 0U);
      EXPECT_EQ(entry.offender, peer.name(0).host());
      EXPECT_EQ(told(fd).outcome, "EAGAIN");
    }
  });
}

TEST(Icmp, QueueTellsTheMtuAndThePointer) {
  RawPeer peer("192.0.2.72");
  const Fd fd = connected_udp(peer);
  ASSERT_TRUE(set_receive_error(fd, peer));
  peer.icmp(sent(peer, fd, std::string(1440, 'x')), {3, 4, 1300});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  const Told entry = told(fd, 8);
  EXPECT_EQ(entry.outcome, "\"xxxxxxxx\"");
  EXPECT_EQ(entry.flags, MSG_ERRQUEUE | MSG_TRUNC);
  EXPECT_EQ(entry.error.ee_errno, static_cast<unsigned>(EMSGSIZE));
  EXPECT_EQ(entry.error.ee_info, 1300U);
  peer.icmp(sent(peer, fd), {12, 0, 20U << 24U});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  EXPECT_EQ(told(fd).error.ee_info, 20U);
  RawPeer peer6("2001:db8::72");
  const Fd fd6 = connected_udp(peer6);
  ASSERT_TRUE(set_receive_error(fd6, peer6));
  peer6.icmp(sent(peer6, fd6, std::string(1440, 'x')), {2, 0, 1300});
  EXPECT_EQ(events_become(fd6, shown(kError)), shown(kError));
  EXPECT_EQ(told(fd6).error.ee_info, 1300U);
  peer6.icmp(sent(peer6, fd6), {4, 1, 40});
  EXPECT_EQ(events_become(fd6, shown(kError)), shown(kError));
  EXPECT_EQ(told(fd6).error.ee_info, 40U);
}

/// Nobody answers for the next hop: the host itself says so, after three questions in three
/// seconds.
// req: ARP-3
TEST(Icmp, QueueTellsOfANextHopThatDoesNotAnswer) {
  for (const Name& nobody : {Name("192.0.2.74", 9), Name("2001:db8::74", 9)}) {
    const bool v4 = nobody.domain() == AF_INET;
    const Fd asks = udp(nobody.domain());
    const Fd connected = udp(nobody.domain());
    EXPECT_EQ(connect_outcome(connected, nobody), "0");
    EXPECT_EQ(set_option(asks, v4 ? int{IPPROTO_IP} : int{IPPROTO_IPV6},
                         v4 ? IP_RECVERR : IPV6_RECVERR, 1),
              "0");
    EXPECT_EQ(send_to_outcome(asks, "first", nobody), "5");
    EXPECT_EQ(send_to_outcome(asks, "second", nobody), "6");
    EXPECT_EQ(send_outcome(connected, "third"), "5");
    EXPECT_EQ(events_become(asks, shown(kError)), shown(kError));
    for (const char* text : {"\"first\"", "\"second\""}) {
      const Told entry = told(asks);
      EXPECT_EQ(entry.outcome, text);
      EXPECT_EQ(entry.destination, nobody.text());
      EXPECT_EQ(entry.error.ee_errno, static_cast<unsigned>(EHOSTUNREACH));
      EXPECT_EQ(entry.error.ee_origin, v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
      EXPECT_EQ(entry.error.ee_type, v4 ? 3 : 1);
      EXPECT_EQ(entry.error.ee_code, v4 ? 1 : 3);
      EXPECT_EQ(entry.offender, v4 ? "192.0.2.1" : "2001:db8::1");
    }
    EXPECT_EQ(events(connected), "OUT") << "not among those that are told without being asked";
    EXPECT_EQ(pending_error(connected), "0");
  }
}

/// Each read of the queue makes the next entry's error the pending one.
TEST(Icmp, QueueAndThePendingError) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  ASSERT_TRUE(set_receive_error(fd, peer));
  const Seen question = sent(peer, fd);
  for (const int code : {0, 1, 3}) peer.icmp(question, {3, code});
  peer.settle();
  EXPECT_EQ(pending_error(fd), "ECONNREFUSED") << "the newest";
  EXPECT_EQ(told(fd).error.ee_errno, static_cast<unsigned>(ENETUNREACH));
  EXPECT_EQ(pending_error(fd), "EHOSTUNREACH");
  EXPECT_EQ(told(fd).error.ee_errno, static_cast<unsigned>(EHOSTUNREACH));
  EXPECT_EQ(told(fd).error.ee_errno, static_cast<unsigned>(ECONNREFUSED));
  EXPECT_EQ(pending_error(fd), "0");
  EXPECT_EQ(events(fd), "OUT");
  EXPECT_EQ(told(fd).outcome, "EAGAIN");
}

TEST(Icmp, QueueIsEmptiedWithTheOption) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  ASSERT_TRUE(set_receive_error(fd, peer));
  EXPECT_EQ(option(fd, IPPROTO_IP, IP_RECVERR), "1");
  peer.icmp(sent(peer, fd), {3, 3});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_RECVERR, 0), "0");
  EXPECT_EQ(told(fd).outcome, "EAGAIN");
}

TEST(Icmp, QueueIsBounded) {
  RawPeer peer(kPeerV4);
  const Fd fd = connected_udp(peer);
  ASSERT_TRUE(set_receive_error(fd, peer));
  EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_RCVBUF, 2304), "0");
  const Seen question = sent(peer, fd);
  for (int i = 0; i < 200; ++i) peer.icmp(question, {3, 3});
  peer.settle();
  int entries = 0;
  while (entries < 200 && told(fd).outcome != "EAGAIN") ++entries;
  EXPECT_GT(entries, 0);
  EXPECT_LT(entries, 100);
}

/// An IPv6 socket that talks IPv4 is asked by IPv4's option, and shows mapped addresses.
TEST(Icmp, QueueOfADualSocket) {
  RawPeer peer(kPeerV4);
  const Fd fd = udp(AF_INET6);
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1), "0");
  const Name to("::ffff:192.0.2.2", 9);
  EXPECT_EQ(send_to_outcome(fd, "x", to), "1");
  const Seen question = peer.datagram(Name::local(fd).port());
  peer.icmp(question, {3, 3});
  peer.settle();
  EXPECT_EQ(told(fd).outcome, "EAGAIN") << "IPV6_RECVERR is of IPv6";
  EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_RECVERR, 1), "0");
  peer.icmp(question, {3, 3});
  EXPECT_EQ(events_become(fd, shown(kError)), shown(kError));
  const Told entry = told(fd);
  EXPECT_EQ(entry.outcome, "\"x\"");
  EXPECT_EQ(entry.level, IPPROTO_IPV6);
  EXPECT_EQ(entry.type, IPV6_RECVERR);
  EXPECT_EQ(entry.error.ee_origin, SO_EE_ORIGIN_ICMP);
  EXPECT_EQ(entry.destination, "[::ffff:192.0.2.2]:9");
  EXPECT_EQ(entry.offender, "::ffff:192.0.2.2");
}

// --- TCP ---------------------------------------------------------------------------------------

TEST(Icmp, TcpSynSent) {
  std::uint16_t port = 100;
  for_every_row([&port](RawPeer& peer, const Row& row) {
    ByHand scene = connecting(peer, tcp(domain(peer)), ++port);
    peer.icmp(scene.syn, {row.type, row.code});
    peer.settle();
    if (std::string(row.stream) == "0") {
      EXPECT_EQ(events(scene.fd), "0") << "goes on";
      return;
    }
    EXPECT_EQ(events_become(scene.fd, shown(kFailed)), shown(kFailed));
    EXPECT_EQ(pending_error(scene.fd), row.stream);
  });
}

TEST(Icmp, TcpSynSentTooBig) {
  RawPeer peer("192.0.2.73");
  ByHand scene = connecting(peer, tcp(), 80);
  peer.icmp(scene.syn, {3, 4, 1200});
  peer.settle();
  EXPECT_EQ(events(scene.fd), "0") << "goes on";
}

TEST(Icmp, TcpEstablished) {
  std::uint16_t port = 200;
  for_every_row([&port](RawPeer& peer, const Row& row) {
    ByHand scene = established(peer, tcp(domain(peer)), ++port);
    EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
    const Seen segment = peer.segment(kPsh, scene.syn.destination_port);
    peer.icmp(segment, {row.type, row.code});
    peer.settle();
    EXPECT_EQ(events(scene.fd), "OUT") << "a soft error does not show";
    EXPECT_EQ(pending_error(scene.fd), row.stream);
    EXPECT_EQ(pending_error(scene.fd), "0");
    EXPECT_EQ(send_outcome(scene.fd, "more"), "4");
    peer.answer(segment, {.flags = kAck, .seq = scene.ours, .ack = scene.theirs, .text = "lives"});
    EXPECT_EQ(received_in_time(scene.fd), "\"lives\"");
  });
}

/// What is acknowledged has got through: the error is not worth telling any more.
TEST(Icmp, TcpSoftErrorIsForgotten) {
  RawPeer peer(kPeerV4);
  ByHand scene = established(peer, tcp(), 300);
  EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
  const Seen segment = peer.segment(kPsh, scene.syn.destination_port);
  peer.icmp(segment, {3, 1});
  peer.answer(segment, {.flags = kAck, .seq = scene.ours, .ack = scene.theirs + 4});
  peer.settle();
  EXPECT_EQ(pending_error(scene.fd), "0");
}

/// RFC 5927 4.1: what is not in flight is no error's cause.
TEST(Icmp, TcpOutsideTheWindow) {
  RawPeer peer(kPeerV4);
  ByHand scene = established(peer, tcp(), 301);
  EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
  Seen segment = peer.segment(kPsh, scene.syn.destination_port);
  constexpr std::size_t kSequence = 24;
  segment.packet[kSequence] ^= 0x40U;
  peer.icmp(segment, {3, 1});
  peer.settle();
  EXPECT_EQ(pending_error(scene.fd), "0");
}

TEST(Icmp, TcpSoftErrorReplacesTheTimeout) {
  RawPeer peer(kPeerV4);
  ByHand scene = established(peer, tcp(), 302);
  EXPECT_EQ(set_option(scene.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 600), "0");
  EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
  peer.icmp(peer.segment(kPsh, scene.syn.destination_port), {3, 1});
  EXPECT_EQ(events_become(scene.fd, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(received(scene.fd), "EHOSTUNREACH");
  EXPECT_EQ(received(scene.fd), "0");
}

TEST(Icmp, TcpWithReceiveError) {
  for (const char* address : {kPeerV4, kPeerV6}) {
    RawPeer peer(address);
    ByHand scene = established(peer, tcp(domain(peer)), 303);
    ASSERT_TRUE(set_receive_error(scene.fd, peer));
    EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
    const Seen segment = peer.segment(kPsh, scene.syn.destination_port);
    const IcmpMessage message = peer.is_v4() ? IcmpMessage{3, 1} : IcmpMessage{1, 3};
    peer.icmp(segment, message);
    EXPECT_EQ(events_become(scene.fd, shown(kStreamError)), shown(kStreamError));
    EXPECT_EQ(send_outcome(scene.fd, "x"), "EHOSTUNREACH");
    EXPECT_EQ(events(scene.fd), shown(kToldBySend));
    EXPECT_EQ(received(scene.fd), "EAGAIN");
    EXPECT_EQ(events(scene.fd), "OUT");
    EXPECT_EQ(told(scene.fd).outcome, "EAGAIN") << "nothing is queued";
    peer.icmp(segment, message);
    EXPECT_EQ(events_become(scene.fd, shown(kStreamError)), shown(kStreamError));
    EXPECT_EQ(received(scene.fd), "EHOSTUNREACH");
    EXPECT_EQ(received(scene.fd), "EAGAIN");
    EXPECT_EQ(send_outcome(scene.fd, "more"), "4");
    peer.answer(segment, {.flags = kAck, .seq = scene.ours, .ack = scene.theirs, .text = "lives"});
    EXPECT_EQ(received_in_time(scene.fd), "\"lives\"");
  }
}

/// Traceroute by TCP: the answer to a SYN is queued, whether asked for or not.
TEST(Icmp, TcpSynSentQueue) {
  RawPeer peer(kPeerV4);
  for (const std::uint16_t port : {std::uint16_t{304}, std::uint16_t{305}}) {
    Fd fd = tcp();
    EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_RECVERR, port == 305 ? 1 : 0), "0");
    const ByHand scene = connecting(peer, std::move(fd), port);
    peer.icmp(scene.syn, {11, 0});
    EXPECT_EQ(events_become(scene.fd, shown(kFailed)), shown(kFailed));
    const Told entry = told(scene.fd);
    EXPECT_EQ(entry.error.ee_errno, static_cast<unsigned>(EHOSTUNREACH));
    EXPECT_EQ(entry.error.ee_type, 11);
    EXPECT_EQ(entry.destination, peer.name(port).text());
    EXPECT_EQ(entry.offender, kPeerV4);
    EXPECT_EQ(events(scene.fd), shown(kFailureTold)) << "with the queue the error is told";
    EXPECT_EQ(pending_error(scene.fd), "0");
  }
}

}  // namespace
}  // namespace zsock::posix
