// Socket options of TCP through the control socket (conformance 2.5).
#include "daemon/sockopt.h"

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/daemon/bench.h"

namespace zsock::host::test {
namespace {

ipc::Request option(ipc::Op op, const RawSocket& socket, int name) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(op);
  request.slot = socket.slot;
  request.generation = socket.generation;
  request.a = IPPROTO_TCP;
  request.b = name;
  return request;
}

int set_name(RawClient& client, const RawSocket& socket, std::string_view name) {
  ipc::Request request = option(ipc::Op::set_option, socket, TCP_CONGESTION);
  request.value_size = static_cast<std::uint32_t>(name.size());
  std::memcpy(request.value.data(), name.data(), name.size());
  return client.ask(request).error;
}

std::string get_name(RawClient& client, const RawSocket& socket) {
  const ipc::Reply reply = client.ask(option(ipc::Op::get_option, socket, TCP_CONGESTION));
  EXPECT_EQ(reply.error, 0);
  EXPECT_EQ(reply.value_size, 16U);
  std::array<char, 17> text{};
  std::memcpy(text.data(), reply.value.data(), 16);
  return text.data();
}

TEST(SockoptCongestion, IsCubicUnlessSaidOtherwise) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(get_name(client, socket), "cubic");
  EXPECT_EQ(set_name(client, socket, "reno"), 0);
  EXPECT_EQ(get_name(client, socket), "reno");
  using namespace std::string_view_literals;
  EXPECT_EQ(set_name(client, socket, "cubic\0garbage"sv), 0);
  EXPECT_EQ(get_name(client, socket), "cubic");
  EXPECT_EQ(set_name(client, socket, "newreno"), 0);
  EXPECT_EQ(get_name(client, socket), "reno");
}

// Conformance 2.5: unknown ENOENT.
TEST(SockoptCongestion, UnknownNamesAreRefused) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  for (const char* name : {"bbr", "cubi", "cubicc", "CUBIC", "a name that is longer than 16"}) {
    EXPECT_EQ(set_name(client, socket, name), ENOENT) << name;
  }
  EXPECT_EQ(set_name(client, socket, ""), EINVAL);
  EXPECT_EQ(get_name(client, socket), "cubic");
}

TEST(SockoptCongestion, ComesFromTheConfiguration) {
  Config config = plain_config();
  set_from_text(config, "test", "tcp.congestion", "newreno");
  Bench bench{config};
  RawClient client = bench.client();
  EXPECT_EQ(get_name(client, client.open()), "reno");
}

// Conformance 2.1: accepted sockets inherit.
TEST(SockoptCongestion, IsInheritedByAcceptedSockets) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(set_name(server, listener, "reno"), 0);
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  bench.settle();
  const RawSocket far = server.accept(listener);
  EXPECT_EQ(get_name(server, far), "reno");
  EXPECT_EQ(get_name(client, near), "cubic");
}

// --- Numbers -------------------------------------------------------------------------------------

int set_int(RawClient& client, const RawSocket& socket, int level, int name, int value) {
  ipc::Request request = option(ipc::Op::set_option, socket, name);
  request.a = level;
  request.value_size = sizeof(value);
  std::memcpy(request.value.data(), &value, sizeof(value));
  return client.ask(request).error;
}

int get_int(RawClient& client, const RawSocket& socket, int level, int name) {
  ipc::Request request = option(ipc::Op::get_option, socket, name);
  request.a = level;
  const ipc::Reply reply = client.ask(request);
  int value = 0;
  std::memcpy(&value, reply.value.data(), sizeof(value));
  return reply.error != 0 ? -reply.error : value;
}

// Conformance 2.5: defaults.
TEST(SockoptNumbers, HaveLinuxsDefaults) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_QUICKACK), 1);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_LINGER2), 60);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_MAXSEG), 536);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_CORK), 0);
}

TEST(SockoptNumbers, AreKeptAsLinuxKeepsThem) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  const auto kept = [&](int name, int value) {
    EXPECT_EQ(set_int(client, socket, IPPROTO_TCP, name, value), 0) << name;
    return get_int(client, socket, IPPROTO_TCP, name);
  };
  EXPECT_EQ(kept(TCP_QUICKACK, 0), 0);
  EXPECT_EQ(kept(TCP_QUICKACK, 5), 1);
  EXPECT_EQ(kept(TCP_DEFER_ACCEPT, 1), 1);  // in retransmissions of a SYN-ACK: 1, 3, 7, … s
  EXPECT_EQ(kept(TCP_DEFER_ACCEPT, 2), 3);
  EXPECT_EQ(kept(TCP_DEFER_ACCEPT, 7), 7);
  EXPECT_EQ(kept(TCP_DEFER_ACCEPT, 100000), 31);
  EXPECT_EQ(kept(TCP_DEFER_ACCEPT, -1), 0);
  EXPECT_EQ(kept(TCP_LINGER2, -1), -1);
  EXPECT_EQ(kept(TCP_LINGER2, -100), -1);
  EXPECT_EQ(kept(TCP_LINGER2, 5), 5);
  EXPECT_EQ(kept(TCP_LINGER2, 1000), 120);
  EXPECT_EQ(kept(TCP_LINGER2, 0), 60);
  EXPECT_EQ(kept(TCP_MAXSEG, 700), 700);
  EXPECT_EQ(kept(TCP_MAXSEG, 0), 536);
}

// What has no effect is not taken.
TEST(SockoptNumbers, WhatIsNotThereIsRefused) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(set_int(client, socket, IPPROTO_TCP, TCP_MD5SIG, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, socket, IPPROTO_TCP, TCP_REPAIR, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, socket, SOL_SOCKET, SO_SNDLOWAT, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, socket, IPPROTO_IP, IP_RECVORIGDSTADDR, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, socket, IPPROTO_IP, IP_TRANSPARENT, 1), ENOPROTOOPT);
}

// --- TCP_DEFER_ACCEPT ----------------------------------------------------------------------------

// Conformance 2.1: wake only with data.
TEST(SockoptDeferAccept, AcceptsWhoHasSentSomething) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(set_int(server, listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3), 0);
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  bench.settle();
  EXPECT_FALSE(server.accept(listener).fd.valid());
  client.write(near, "now");
  bench.settle();
  const RawSocket far = server.accept(listener);
  ASSERT_TRUE(far.fd.valid());
  EXPECT_EQ(server.read(far), "now");
}

TEST(SockoptDeferAccept, AcceptsAnybodyWhenTheTimeIsOver) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  ASSERT_EQ(set_int(server, listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  bench.pass(std::chrono::milliseconds{2900});
  EXPECT_FALSE(server.accept(listener).fd.valid());
  bench.pass(std::chrono::milliseconds{200});
  EXPECT_TRUE(server.accept(listener).fd.valid());
}

// --- TCP_INFO ------------------------------------------------------------------------------------

tcp_info get_info(RawClient& client, const RawSocket& socket) {
  const ipc::Reply reply = client.ask(option(ipc::Op::get_option, socket, TCP_INFO));
  EXPECT_EQ(reply.error, 0);
  EXPECT_GE(reply.value_size, 232U);
  tcp_info info{};
  std::memcpy(&info, reply.value.data(), std::min<std::size_t>(sizeof(info), reply.value_size));
  return info;
}

// req: 2.5
TEST(SockoptTcpInfo, TellsWhatHappened) {
  Bench bench;
  ConnectedPair pair(bench);
  const std::string text(5000, 'x');
  ASSERT_EQ(pair.client.write(pair.near, text), text.size());
  bench.settle();
  EXPECT_EQ(pair.server.read(pair.far), text);
  bench.pass(std::chrono::milliseconds{250});

  const tcp_info near = get_info(pair.client, pair.near);
  const tcp_info far = get_info(pair.server, pair.far);
  EXPECT_EQ(near.tcpi_state, 1);  // as in include/net/tcp_states.h
  EXPECT_EQ(near.tcpi_bytes_acked, 5000U);
  EXPECT_EQ(far.tcpi_bytes_received, 5000U);
  EXPECT_EQ(near.tcpi_unacked, 0U);
  EXPECT_EQ(near.tcpi_snd_ssthresh, 0x7fffffffU);
  EXPECT_GE(near.tcpi_snd_cwnd, 1U);
  EXPECT_GE(near.tcpi_rto, 200000U);
  EXPECT_EQ(near.tcpi_retransmits, 0U);
  EXPECT_EQ(near.tcpi_total_retrans, 0U);
  EXPECT_GT(near.tcpi_pmtu, near.tcpi_snd_mss);
  EXPECT_EQ(near.tcpi_snd_mss, near.tcpi_advmss - 12U);
  EXPECT_NE(near.tcpi_options & TCPI_OPT_TIMESTAMPS, 0);
  EXPECT_NE(near.tcpi_options & TCPI_OPT_WSCALE, 0);
  EXPECT_EQ(near.tcpi_last_data_sent, 250U);
}

TEST(SockoptTcpInfo, KnowsSocketsWithoutConnection) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(get_info(client, socket).tcpi_state, 7);
  ASSERT_EQ(client.bind(socket, loopback(7000)), 0);
  ASSERT_EQ(client.listen(socket, 5), 0);
  EXPECT_EQ(get_info(client, socket).tcpi_state, 10);
  EXPECT_EQ(set_int(client, socket, IPPROTO_TCP, TCP_INFO, 1), ENOPROTOOPT);
}

}  // namespace
}  // namespace zsock::host::test
