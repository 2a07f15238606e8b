#include "libzsock/datagram.h"

#include <netinet/udp.h>
#include <sys/ioctl.h>

#include <array>
#include <utility>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using Datagrams = LibraryTest;
using DatagramErrors = LibraryTest;
using DatagramAncillary = LibraryTest;

DatagramHeader from(std::size_t size) {
  DatagramHeader header;
  header.payload_size = static_cast<std::uint32_t>(size);
  header.full_size = header.payload_size;
  header.family = 4;
  header.remote = {192, 0, 2, 7};
  header.local = {192, 0, 2, 1};
  header.remote_port = 7777;
  header.hop_limit = 61;
  header.traffic_class = 8;
  header.interface = 2;
  return header;
}

ssize_t send_to(int fd, const std::string& data, std::uint16_t port = 9) {
  sockaddr_in address = ipv4("198.51.100.5", port);
  return zs_sendto(fd, data.data(), data.size(), 0, generic(address), sizeof(address));
}

TEST_F(Datagrams, CarryTheirAddresses) {
  const Joined joined = bound_datagram();
  EXPECT_EQ(send_to(joined.fd, "ping"), 4);
  const FakeSocket::Sent sent = joined.peer->collect_datagram();
  EXPECT_EQ(sent.payload, "ping");
  EXPECT_EQ(sent.header.family, 4);
  EXPECT_EQ(sent.header.remote_port, 9);
  EXPECT_EQ(sent.header.remote[0], 198);
  joined.peer->deliver(from(4), "pong");
  sockaddr_in peer{};
  socklen_t length = sizeof(peer);
  std::array<char, 16> buffer{};
  EXPECT_EQ(zs_recvfrom(joined.fd, buffer.data(), 16, 0, generic(peer), &length), 4);
  EXPECT_EQ(length, sizeof(peer));
  EXPECT_EQ(ntohs(peer.sin_port), 7777);
  EXPECT_EQ(ntohl(peer.sin_addr.s_addr), 0xc0000207U);
}

// req: PING-1
TEST_F(Datagrams, PingSocketsTakeEchoRequestsAndNoPort) {
  const Joined joined = open(SOCK_DGRAM, AF_INET, IPPROTO_ICMP);
  EXPECT_EQ(send_to(joined.fd, std::string("\10\0abcdef", 8), 0), 8);
  const FakeSocket::Sent sent = joined.peer->collect_datagram();
  EXPECT_EQ(sent.payload.size(), 8U);
  EXPECT_NE(sent.header.remote_port, 0);  // 0 would be the connected peer
  EXPECT_ERRNO(send_to(joined.fd, std::string("\10\0abcde", 7), 0), EINVAL);
  EXPECT_ERRNO(send_to(joined.fd, std::string("\0\0abcdef", 8), 0), EINVAL);
  EXPECT_ERRNO(send_to(joined.fd, std::string("\10\1abcdef", 8), 0), EINVAL);
}

TEST_F(Datagrams, FirstSendMakesTheRings) {
  const Joined joined = open(SOCK_DGRAM);
  EXPECT_EQ(send_to(joined.fd, "x"), 1);
  EXPECT_EQ(send_to(joined.fd, "y"), 1);
  EXPECT_EQ(daemon.count(ipc::Op::attach_rings), 1U);
}

TEST_F(Datagrams, ConnectedSocketNeedsNoAddress) {
  const Joined joined = open(SOCK_DGRAM);
  EXPECT_ERRNO(send(joined.fd, "x"), EDESTADDRREQ);
  EXPECT_EQ(connect_to(joined.fd), 0);
  EXPECT_EQ(send(joined.fd, "x"), 1);
  EXPECT_EQ(joined.peer->collect_datagram().header.family, 0);
}

TEST_F(Datagrams, KeepTheirBoundaries) {
  const Joined joined = bound_datagram();
  for (const char* text : {"one", "", "three"}) joined.peer->deliver(from(std::strlen(text)), text);
  EXPECT_EQ(receive(joined.fd), "one");
  int next = -1;
  EXPECT_EQ(zs_ioctl(joined.fd, FIONREAD, &next), 0);
  EXPECT_EQ(next, 0);
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT);
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_EQ(zs_ioctl(joined.fd, FIONREAD, &next), 0);
  EXPECT_EQ(next, 5);
  EXPECT_EQ(receive(joined.fd), "three");
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_DONTWAIT), EAGAIN);
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
}

TEST_F(Datagrams, ExcessIsCutAndTold) {
  const Joined joined = bound_datagram();
  for (int i = 0; i < 3; ++i) joined.peer->deliver(from(10), "0123456789");
  EXPECT_EQ(receive(joined.fd, 4), "0123");
  std::array<char, 4> buffer{};
  EXPECT_EQ(zs_recv(joined.fd, buffer.data(), 4, MSG_TRUNC), 10);
  iovec piece{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EXPECT_EQ(zs_recvmsg(joined.fd, &message, 0), 4);
  EXPECT_EQ(message.msg_flags, MSG_TRUNC);
}

TEST_F(Datagrams, PeekLeavesTheDatagram) {
  const Joined joined = bound_datagram();
  joined.peer->deliver(from(3), "abc");
  EXPECT_EQ(receive(joined.fd, 2, MSG_PEEK), "ab");
  EXPECT_EQ(receive(joined.fd), "abc");
}

TEST_F(Datagrams, LargestFitsAndOneMoreDoesNot) {
  const Joined joined = bound_datagram(SOCK_NONBLOCK);
  const std::string largest = pattern(65507);
  EXPECT_EQ(send_to(joined.fd, largest), 65507);
  EXPECT_EQ(joined.peer->collect_datagram().payload, largest);
  EXPECT_EQ(send_to(joined.fd, ""), 0);
  EXPECT_EQ(send_to(joined.fd, largest), 65507);
  EXPECT_EQ(joined.peer->collect_datagram().payload, "");
  EXPECT_EQ(joined.peer->collect_datagram().payload, largest);
  EXPECT_ERRNO(send_to(joined.fd, pattern(65508)), EMSGSIZE);
  joined.peer->deliver(from(largest.size()), largest);
  EXPECT_EQ(receive(joined.fd), largest);
}

TEST_F(Datagrams, FullRingBlocksOrTellsAgain) {
  const Joined joined = bound_datagram(SOCK_NONBLOCK);
  const std::string data = pattern(60000);
  EXPECT_EQ(send_to(joined.fd, data), 60000);
  EXPECT_EQ(send_to(joined.fd, data), 60000);
  EXPECT_ERRNO(send_to(joined.fd, data), EAGAIN);
  EXPECT_EQ(kernel_events(joined.fd), 0);
  set_blocking(joined.fd);
  std::jthread network([&] { joined.peer->collect_datagram(); });
  EXPECT_EQ(send_to(joined.fd, data), 60000);
}

TEST_F(Datagrams, Ipv6SocketShowsIpv4PeersMapped) {
  const Joined joined = bound_datagram(0, AF_INET6);
  joined.peer->deliver(from(1), "x");
  sockaddr_in6 peer{};
  socklen_t length = sizeof(peer);
  char octet = 0;
  EXPECT_EQ(zs_recvfrom(joined.fd, &octet, 1, 0, generic(peer), &length), 1);
  EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
  EXPECT_EQ(send_to(joined.fd, "y"), 1);
  const FakeSocket::Sent sent = joined.peer->collect_datagram();
  EXPECT_EQ(sent.header.family, 6);
  EXPECT_EQ(sent.header.remote[10], 0xff);
  EXPECT_EQ(sent.header.remote[12], 198);
}

TEST_F(DatagramErrors, ComeOnceAndBeforeData) {
  const Joined joined = bound_datagram();
  joined.peer->deliver(from(1), "x");
  joined.peer->report(ECONNREFUSED);
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT | POLLERR);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ECONNREFUSED);
  EXPECT_EQ(receive(joined.fd), "x");
  joined.peer->report(EHOSTUNREACH);
  EXPECT_ERRNO(send_to(joined.fd, "x"), EHOSTUNREACH);
  EXPECT_EQ(send_to(joined.fd, "x"), 1);
  joined.peer->report(EMSGSIZE);
  EXPECT_EQ(pending_error(joined.fd), EMSGSIZE);
  EXPECT_EQ(pending_error(joined.fd), 0);
}

TEST_F(DatagramErrors, WakeABlockedReader) {
  const Joined joined = bound_datagram();
  std::jthread network([&] { joined.peer->report(ECONNREFUSED); });
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ECONNREFUSED);
}

TEST_F(DatagramErrors, BadDestinationsAndFlags) {
  const Joined joined = bound_datagram();
  EXPECT_ERRNO(send_to(joined.fd, "x", 0), EINVAL);
  sockaddr_in6 other = ipv6("2001:db8::1", 9);
  EXPECT_ERRNO(zs_sendto(joined.fd, "x", 1, 0, generic(other), sizeof(other)), EAFNOSUPPORT);
  EXPECT_ERRNO(zs_sendto(joined.fd, "x", 1, 0, generic(other), 4), EINVAL);
  EXPECT_ERRNO(zs_sendto(joined.fd, "x", 1, MSG_OOB, generic(other), 4), EINVAL);
  EXPECT_EQ(connect_to(joined.fd), 0);
  EXPECT_ERRNO(send(joined.fd, "x", MSG_OOB), EOPNOTSUPP);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_OOB), EOPNOTSUPP);
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_ERRQUEUE), EAGAIN);
}

TEST_F(DatagramErrors, ShutSocketEndsBothWays) {
  const Joined joined = bound_datagram();
  EXPECT_EQ(zs_shutdown(joined.fd, SHUT_RDWR), 0);
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_ERRNO(send_to(joined.fd, "x"), EPIPE);
}

TEST_F(DatagramErrors, BrokenHeadersAreNotBelieved) {
  const Joined joined = bound_datagram();
  joined.peer->deliver(from(5000), "short");
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ENETDOWN);
  const Joined second = bound_datagram();
  second.peer->corrupt_receive_tail(UINT64_MAX / 2);
  EXPECT_ERRNO(zs_recv(second.fd, buffer.data(), 4, 0), ENETDOWN);
}

// UDP_GRO: same flow, same size, as far as there is room; a smaller one is the last.
TEST_F(DatagramAncillary, DatagramsOfAFlowAreJoinedWhereAskedFor) {
  const Joined joined = bound_datagram(SOCK_NONBLOCK);
  const int on = 1;
  ASSERT_EQ(zs_setsockopt(joined.fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)), 0);
  DatagramHeader other = from(2);
  other.remote_port = 7778;
  const std::array<std::pair<DatagramHeader, const char*>, 9> arrivals{{{from(2), "ab"},
                                                                        {from(2), "cd"},
                                                                        {from(1), "e"},
                                                                        {from(1), "f"},
                                                                        {from(2), "gh"},
                                                                        {other, "ij"},
                                                                        {other, "kl"},
                                                                        {other, "mn"},
                                                                        {from(0), ""}}};
  for (const auto& [header, text] : arrivals) joined.peer->deliver(header, text);
  const auto next = [&](std::size_t room, int flags = 0) {
    std::string octets(room, ' ');
    iovec piece{octets.data(), octets.size()};
    alignas(cmsghdr) std::array<char, 128> space{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    const ssize_t size = zs_recvmsg(joined.fd, &message, flags);
    if (size < 0) return std::string("nothing");
    octets.resize(static_cast<std::size_t>(size));
    const cmsghdr* part = CMSG_FIRSTHDR(&message);
    if (part == nullptr) return octets;
    EXPECT_EQ(part->cmsg_level, IPPROTO_UDP);
    EXPECT_EQ(part->cmsg_type, UDP_GRO);
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(part), sizeof(segment));
    return octets + "/" + std::to_string(segment);
  };
  EXPECT_EQ(next(100, MSG_PEEK), "abcde/2");
  EXPECT_EQ(next(100), "abcde/2");
  EXPECT_EQ(next(100), "f") << "what follows is larger";
  EXPECT_EQ(next(100), "gh") << "what follows is another flow's";
  EXPECT_EQ(next(5), "ijkl/2") << "the third does not fit";
  EXPECT_EQ(next(100), "mn");
  EXPECT_EQ(next(100), "") << "an empty one is joined with nothing";
  EXPECT_EQ(next(100), "nothing");
}

TEST_F(DatagramAncillary, ComesWhereAskedFor) {
  const Joined joined = bound_datagram();
  const int on = 1;
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), 0);
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)), 0);
  for (int i = 0; i < 2; ++i) joined.peer->deliver(from(1), "x");
  char octet = 0;
  iovec piece{&octet, 1};
  alignas(cmsghdr) std::array<char, 128> space{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  ASSERT_EQ(zs_recvmsg(joined.fd, &message, 0), 1);
  const cmsghdr* info = CMSG_FIRSTHDR(&message);
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->cmsg_type, IP_PKTINFO);
  in_pktinfo value{};
  std::memcpy(&value, CMSG_DATA(info), sizeof(value));
  EXPECT_EQ(value.ipi_ifindex, 2);
  EXPECT_EQ(ntohl(value.ipi_addr.s_addr), 0xc0000201U);
  cmsghdr* ttl = CMSG_NXTHDR(&message, CMSG_FIRSTHDR(&message));
  ASSERT_NE(ttl, nullptr);
  EXPECT_EQ(ttl->cmsg_type, IP_TTL);
  int hops = 0;
  std::memcpy(&hops, CMSG_DATA(ttl), sizeof(hops));
  EXPECT_EQ(hops, 61);
  message.msg_controllen = 8;
  ASSERT_EQ(zs_recvmsg(joined.fd, &message, 0), 1);
  EXPECT_EQ(message.msg_flags, MSG_CTRUNC);
  EXPECT_EQ(message.msg_controllen, 0U);
}

}  // namespace
}  // namespace zsock::test
