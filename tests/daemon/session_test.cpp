#include "daemon/session.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/stack/base/datagram.h"
#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;
using test::Bench;
using test::ConnectedPair;
using test::loopback;
using test::poll_now;
using test::RawClient;
using test::RawSocket;

ipc::Request request_of(ipc::Op op) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(op);
  return request;
}

ipc::Request option(ipc::Op op, const RawSocket& socket, int level, int name) {
  ipc::Request request = request_of(op);
  request.slot = socket.slot;
  request.generation = socket.generation;
  request.a = level;
  request.b = name;
  return request;
}

int set_int(RawClient& client, const RawSocket& socket, int level, int name, int value) {
  ipc::Request request = option(ipc::Op::set_option, socket, level, name);
  request.value_size = sizeof(value);
  std::memcpy(request.value.data(), &value, sizeof(value));
  return client.ask(request).error;
}

int get_int(RawClient& client, const RawSocket& socket, int level, int name) {
  const ipc::Reply reply = client.ask(option(ipc::Op::get_option, socket, level, name));
  int value = 0;
  std::memcpy(&value, reply.value.data(), sizeof(value));
  return reply.error != 0 ? -reply.error : value;
}

TEST(SessionTcp, ConnectsAndCarriesBytesBothWays) {
  Bench bench;
  ConnectedPair pair(bench);
  EXPECT_EQ(pair.client.flags(pair.near), flag::kConnected | flag::kBound);
  EXPECT_EQ(pair.client.write(pair.near, "hello"), 5U);
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLIN | POLLOUT);
  EXPECT_EQ(pair.server.read(pair.far), "hello");
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLOUT);
  EXPECT_EQ(pair.server.write(pair.far, "world"), 5U);
  bench.settle();
  EXPECT_EQ(pair.client.read(pair.near), "world");
}

TEST(SessionTcp, IsUnwritableUntilConnected) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(poll_now(socket.fd.get()), POLLOUT);
  // Nobody answers on the memory wire.
  ASSERT_EQ(client.connect(socket, test::address4({192, 0, 2, 77}, 80)), EINPROGRESS);
  EXPECT_EQ(client.flags(socket) & flag::kConnecting, flag::kConnecting);
  EXPECT_EQ(poll_now(socket.fd.get()), 0);
  bench.pass(std::chrono::seconds{5});
  EXPECT_EQ(client.flags(socket) & (flag::kFailed | flag::kConnecting), flag::kFailed);
  EXPECT_EQ(client.status(socket).error.snapshot(), static_cast<unsigned>(EHOSTUNREACH));
  EXPECT_EQ(poll_now(socket.fd.get()), POLLIN | POLLOUT);
}

// No request: the address stands in the slot, the doorbell does the rest.
TEST(SessionTcp, ConnectInTheSlotShowsWhatBecameOfIt) {
  Bench bench;
  RawClient server = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(8181)), 0);
  ASSERT_EQ(server.listen(listener, 1), 0);
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  const auto connect = [&](const ipc::Address& remote) {
    RawClient::plug(socket);
    ipc::AppSlot& app = client.app(socket);
    app.remote.publish(remote);
    app.connects.add(1);
    client.mark(socket);
    bench.settle();
  };
  client.app(socket).told_options.publish(ipc::told_option::kNoDelay | ~3U);
  connect(test::address4({203, 0, 113, 1}, 80));
  EXPECT_EQ(client.status(socket).connects.snapshot(), 1U);
  EXPECT_EQ(client.status(socket).connect_error.snapshot(), static_cast<unsigned>(ENETUNREACH));
  EXPECT_NE(poll_now(socket.fd.get()) & POLLOUT, 0);
  EXPECT_EQ(get_int(client, socket, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(get_int(client, socket, SOL_SOCKET, SO_KEEPALIVE), 0);
  connect({});
  EXPECT_EQ(client.status(socket).connect_error.snapshot(), static_cast<unsigned>(EAFNOSUPPORT));
  EXPECT_NE(poll_now(socket.fd.get()) & POLLOUT, 0);
  connect(loopback(8181));
  EXPECT_EQ(client.status(socket).connects.snapshot(), 3U);
  EXPECT_EQ(client.status(socket).connect_error.snapshot(), 0U);
  EXPECT_NE(client.flags(socket) & flag::kConnected, 0U);
  EXPECT_EQ(client.app(socket).told_options.snapshot(), 0U);
  connect(loopback(8181));
  EXPECT_EQ(client.status(socket).connect_error.snapshot(), static_cast<unsigned>(EISCONN));
  EXPECT_NE(client.flags(socket) & flag::kConnected, 0U);
}

// A request finds done what was asked for in the slot before, whether or not the slot was marked.
TEST(SessionTcp, RequestsComeAfterWhatStandsInTheSlot) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  client.app(socket).told_options.publish(ipc::told_option::kKeepAlive);
  EXPECT_EQ(get_int(client, socket, SOL_SOCKET, SO_KEEPALIVE), 1);
  client.app(socket).told_options.publish(ipc::told_option::kKeepAlive);
  EXPECT_EQ(set_int(client, socket, SOL_SOCKET, SO_KEEPALIVE, 0), 0);
  EXPECT_EQ(get_int(client, socket, SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST(SessionTcp, SeveralSocketsComeWithTheirNames) {
  Bench bench;
  const test::Transport transport = bench.session();
  test::Response hello = transport(request_of(ipc::Op::hello));
  ipc::Request request = request_of(ipc::Op::sockets);
  request.a = 6;
  request.b = 3;
  test::Response response = transport(request);
  ASSERT_EQ(response.reply.error, 0);
  ASSERT_EQ(response.fds.size(), 3U);
  ASSERT_EQ(response.reply.value_size, 3 * sizeof(ipc::SocketName));
  for (std::size_t i = 0; i < response.fds.size(); ++i) {
    ipc::SocketName name;
    std::memcpy(&name, &response.reply.value[i * sizeof(name)], sizeof(name));
    ipc::Request ask = request_of(ipc::Op::adopt);
    bench.enclose(response.fds[i].get());
    const test::Response adopted = transport(ask);
    EXPECT_EQ(adopted.reply.slot, name.slot);
    EXPECT_EQ(adopted.reply.generation, name.generation);
    EXPECT_EQ(poll_now(response.fds[i].get()), POLLOUT);
  }
}

TEST(SessionTcp, RefusedConnectLeavesTheSocketUsable) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  ASSERT_EQ(client.connect(socket, loopback(81)), EINPROGRESS);
  bench.settle();
  EXPECT_EQ(client.status(socket).error.snapshot(), static_cast<unsigned>(ECONNREFUSED));
  EXPECT_EQ(client.status(socket).error_count.snapshot(), 1U);
  RawClient server = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(8181)), 0);
  ASSERT_EQ(server.listen(listener, 1), 0);
  ASSERT_EQ(client.connect(socket, loopback(8181)), EINPROGRESS);
  bench.settle();
  EXPECT_NE(client.flags(socket) & flag::kConnected, 0U);
  EXPECT_EQ(client.flags(socket) & flag::kFailed, 0U);
}

TEST(SessionTcp, PeersCloseIsEndOfFileAndBothClosesHangUp) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.client.write(pair.near, "last words");
  ASSERT_EQ(pair.client.call(ipc::Op::shutdown, pair.near, SHUT_WR), 0);
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLIN | POLLOUT | POLLRDHUP);
  EXPECT_NE(pair.server.flags(pair.far) & flag::kReceiveClosed, 0U);
  EXPECT_EQ(pair.server.read(pair.far), "last words");
  ASSERT_EQ(pair.server.call(ipc::Op::shutdown, pair.far, SHUT_WR), 0);
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  EXPECT_NE(pair.server.flags(pair.far) & flag::kDetached, 0U);
  // Nobody waits for ever for a connect() that cannot be.
  pair.server.app(pair.far).remote.publish(loopback(7000));
  pair.server.app(pair.far).connects.publish(1);
  pair.server.mark(pair.far);
  bench.settle();
  EXPECT_EQ(pair.server.status(pair.far).connects.snapshot(), 1U);
  EXPECT_EQ(pair.server.status(pair.far).connect_error.snapshot(), static_cast<unsigned>(ENOTCONN));
  EXPECT_EQ(pair.server.call(ipc::Op::release, pair.far), 0);
  EXPECT_EQ(pair.server.call(ipc::Op::release, pair.far), EBADF);
}

// A process that ends says nothing of the sockets that it held.
TEST(SessionTcp, AnEndedSocketThatNobodyHoldsIsGivenBack) {
  Bench bench;
  ConnectedPair pair(bench);
  ASSERT_EQ(pair.client.call(ipc::Op::shutdown, pair.near, SHUT_WR), 0);
  ASSERT_EQ(pair.server.call(ipc::Op::shutdown, pair.far, SHUT_WR), 0);
  bench.settle();
  ASSERT_NE(pair.server.flags(pair.far) & flag::kDetached, 0U);
  const auto later = [&] {
    bench.skip(std::chrono::seconds{2});
    bench.settle();
  };
  later();
  EXPECT_EQ(get_int(pair.server, pair.far, IPPROTO_TCP, TCP_NODELAY), 0);
  pair.far.fd.reset();
  later();
  EXPECT_EQ(pair.server.call(ipc::Op::release, pair.far), EBADF);
}

TEST(SessionTcp, ResetShowsAsErrorAndHangUp) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.write(pair.far, "unread");
  bench.settle();
  pair.near.fd.reset();  // closed with unread data
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
  EXPECT_EQ(pair.server.status(pair.far).error.snapshot(), static_cast<unsigned>(ECONNRESET));
}

// A thread in recv() holds the descriptor until it is woken, whoever closes it: zsockd may see the
// end before that thread has read.
TEST(SessionTcp, WhatNobodyHasReadOutlivesTheDescriptorForAWhile) {
  Bench bench;
  ConnectedPair pair(bench);
  const auto close_unread = [&](RawSocket& near, RawSocket& far) {
    pair.server.write(far, "still");
    bench.settle();
    near.fd.reset();
    bench.settle();
  };
  close_unread(pair.near, pair.far);
  constexpr int kLater = 4;
  for (int i = 0; i < kLater; ++i) {
    ASSERT_EQ(pair.client.status(pair.near).generation.snapshot(), pair.near.generation) << i;
    RawSocket near = pair.client.open();
    ASSERT_EQ(pair.client.connect(near, loopback(7777)), EINPROGRESS);
    bench.settle();
    RawSocket far = pair.server.accept(pair.listener);
    bench.settle();
    if (i + 1 == kLater) {
      EXPECT_EQ(pair.client.read(pair.near), "still");
    }
    close_unread(near, far);
  }
  EXPECT_NE(pair.client.status(pair.near).generation.snapshot(), pair.near.generation);
}

TEST(SessionTcp, WriterIsWokenWhenAThirdIsFree) {
  Bench bench;
  ConnectedPair pair(bench);
  const std::string chunk(64 << 10, 'x');
  while (true) {
    const std::size_t written = pair.client.write(pair.near, chunk);
    bench.settle();
    if (written == 0) break;
  }
  pair.client.app(pair.near).want_room.publish_ordered(1);
  RawClient::plug(pair.near);
  pair.client.mark(pair.near);
  bench.settle();
  EXPECT_EQ(poll_now(pair.near.fd.get()), 0);
  std::size_t received = 0;
  EXPECT_TRUE(bench.until([&] {
    received += pair.server.read(pair.far).size();
    return (poll_now(pair.near.fd.get()) & POLLOUT) != 0;
  }));
  EXPECT_GT(received, 64U << 10U);
  EXPECT_EQ(pair.client.app(pair.near).want_room.snapshot(), 0U);
}

// TCP_NOTSENT_LOWAT: room comes when what was written is on its way.
TEST(SessionTcp, WriterIsWokenWhenLittleIsUnsent) {
  Bench bench;
  ConnectedPair pair(bench);
  ipc::Request request = request_of(ipc::Op::set_option);
  request.slot = pair.near.slot;
  request.generation = pair.near.generation;
  request.a = IPPROTO_TCP;
  request.b = TCP_NOTSENT_LOWAT;
  const std::int32_t limit = 1000;
  request.value_size = sizeof(limit);
  std::memcpy(request.value.data(), &limit, sizeof(limit));
  ASSERT_EQ(pair.client.ask(request).error, 0);
  const ipc::StatusSlot& shown = pair.client.status(pair.near);
  EXPECT_NE(shown.flags.snapshot() & ipc::status_flag::kLimitsUnsent, 0U);
  EXPECT_EQ(shown.unsent_limit.snapshot(), 1000U);
  const auto ask_for_room = [&] {
    pair.client.app(pair.near).want_room.publish_ordered(1);
    RawClient::plug(pair.near);
    pair.client.mark(pair.near);
    bench.settle();
  };
  pair.client.write(pair.near, std::string(500, 'x'));
  ask_for_room();
  EXPECT_EQ(shown.transmit_next.snapshot(), 500U);
  EXPECT_EQ(poll_now(pair.near.fd.get()), POLLOUT);
  // Until the peer's window is full: from then on all is unsent.
  std::uint64_t written = 500;
  while (shown.transmit_next.snapshot() + 999 >= written) {
    written += pair.client.write(pair.near, std::string(5000, 'x'));
    bench.settle();
  }
  ask_for_room();
  EXPECT_EQ(poll_now(pair.near.fd.get()), 0);
  EXPECT_TRUE(bench.until([&] {
    pair.server.read(pair.far);
    return (poll_now(pair.near.fd.get()) & POLLOUT) != 0;
  }));
  EXPECT_LT(written - shown.transmit_next.snapshot(), 500U);
}

TEST(SessionTcp, RequestedTokenComesAgain) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.client.write(pair.near, "x");
  bench.settle();
  // A reader that took the token and then saw that there is data after all.
  char token = 0;
  ASSERT_EQ(::recv(pair.far.fd.get(), &token, 1, MSG_DONTWAIT), 1);
  pair.server.app(pair.far).token.publish_ordered(0);
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLOUT);
  pair.server.app(pair.far).want_token.publish_ordered(1);
  pair.server.mark(pair.far);
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLIN | POLLOUT);
}

TEST(SessionListener, KeepsToItsBacklogAndQueue) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(9000)), 0);
  ASSERT_EQ(server.listen(listener, 3), 0);
  EXPECT_EQ(poll_now(listener.fd.get()) & POLLOUT, 0);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 8; ++i) {
    sockets.push_back(client.open());
    ASSERT_EQ(client.connect(sockets.back(), loopback(9000)), EINPROGRESS);
  }
  bench.settle();
  const auto connected = [&] {
    return std::ranges::count_if(
        sockets, [&](const auto& s) { return (client.flags(s) & flag::kConnected) != 0; });
  };
  // req: conformance 2.1, backlog N: N + 1 children are established.
  int accepted = 0;
  while (server.accept(listener).fd.valid()) ++accepted;
  EXPECT_EQ(accepted, 4);
  EXPECT_TRUE(bench.until([&] {
    while (server.accept(listener).fd.valid()) ++accepted;
    return accepted >= 8;
  }));
  EXPECT_GE(connected(), 0);
}

TEST(SessionListener, ConnectionsDieWithIt) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(9001)), 0);
  ASSERT_EQ(server.listen(listener, 3), 0);
  const RawSocket socket = client.open();
  ASSERT_EQ(client.connect(socket, loopback(9001)), EINPROGRESS);
  bench.settle();
  ASSERT_NE(client.flags(socket) & flag::kConnected, 0U);
  listener.fd.reset();
  bench.settle();
  EXPECT_NE(poll_now(socket.fd.get()) & POLLERR, 0);
  EXPECT_EQ(client.status(socket).error.snapshot(), static_cast<unsigned>(ECONNRESET));
}

TEST(SessionUdp, CarriesDatagrams) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket a = client.open(4, SOCK_DGRAM);
  const RawSocket b = client.open(4, SOCK_DGRAM);
  ASSERT_EQ(client.bind(a, loopback(5000)), 0);
  ASSERT_EQ(client.connect(b, loopback(5000)), 0);
  DatagramHeader header;
  header.payload_size = 4;
  std::string datagram(sizeof(header) + 8, '\0');
  std::memcpy(datagram.data(), &header, sizeof(header));
  std::memcpy(datagram.data() + sizeof(header), "ping", 4);
  client.write(b, datagram);
  bench.settle();
  EXPECT_EQ(poll_now(a.fd.get()), POLLIN | POLLOUT);
  const std::string got = client.read(a);
  ASSERT_GE(got.size(), sizeof(header) + 4);
  EXPECT_EQ(got.substr(sizeof(header), 4), "ping");
}

// req: ACL-3
TEST(SessionRights, LowPortsAreForRoot) {
  Bench bench;
  RawClient user = bench.client(1000);
  RawClient root = bench.client(0);
  const RawSocket socket = user.open();
  EXPECT_EQ(user.bind(socket, loopback(80)), EACCES);
  EXPECT_EQ(user.bind(socket, loopback(1024)), 0);
  const RawSocket other = root.open();
  EXPECT_EQ(root.bind(other, loopback(80)), 0);
}

// req: ACL-4
TEST(SessionRights, ForeignAddressesCannotBeBound) {
  Bench bench;
  RawClient client = bench.client();
  EXPECT_EQ(client.bind(client.open(), test::address4({192, 0, 2, 9}, 5000)), EADDRNOTAVAIL);
}

// req: ACL-5
TEST(SessionQuota, SocketsOfAUserAreLimited) {
  Config config = test::plain_config();
  config.host.quota.sockets = 4;
  Bench bench(config);
  RawClient client = bench.client();
  RawClient other = bench.client(1001);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 4; ++i) sockets.push_back(client.open());
  EXPECT_FALSE(client.open().fd.valid());
  EXPECT_EQ(errno, EMFILE);
  EXPECT_TRUE(other.open().fd.valid());
  sockets.pop_back();
  bench.settle();
  EXPECT_TRUE(client.open().fd.valid());
}

TEST(SessionQuota, ListenersAndMemoryAreLimited) {
  Config config = test::plain_config();
  config.host.quota.listeners = 1;
  config.host.quota.memory = Arena::kOctets + (2U << 20U);
  Bench bench(config);
  RawClient client = bench.client();
  const RawSocket one = client.open();
  ASSERT_EQ(client.listen(one, 1), 0);
  EXPECT_EQ(client.listen(client.open(), 1), EMFILE);
  int connects = 0;
  for (int error = EINPROGRESS; error == EINPROGRESS; ++connects) {
    error = client.connect(client.open(), loopback(81));
    ASSERT_TRUE(error == EINPROGRESS || error == ENOBUFS);
    ASSERT_LT(connects, 10);
  }
}

// req: conformance 2.5
TEST(SessionOptions, HaveLinuxRangesAndErrors) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket tcp = client.open();
  const RawSocket udp = client.open(6, SOCK_DGRAM);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_NODELAY, 7), 0);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_KEEPIDLE, 0), EINVAL);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_KEEPIDLE, 32768), EINVAL);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_KEEPIDLE, 10), 0);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_TCP, TCP_KEEPIDLE), 10);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_TCP, TCP_KEEPINTVL), 75);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_TCP, TCP_KEEPCNT), 9);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_TCP, TCP_SYNCNT), 7);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), EINVAL);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, TCP_LINGER2, -1), 0);
  EXPECT_EQ(set_int(client, tcp, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, tcp, 9999, 1, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, udp, IPPROTO_TCP, TCP_NODELAY, 1), ENOPROTOOPT);
  EXPECT_EQ(set_int(client, tcp, SOL_SOCKET, SO_RCVBUF, 10000), 0);
  EXPECT_EQ(get_int(client, tcp, SOL_SOCKET, SO_RCVBUF), 20000);
  EXPECT_EQ(set_int(client, tcp, SOL_SOCKET, SO_SNDBUF, 1), 0);
  EXPECT_EQ(get_int(client, tcp, SOL_SOCKET, SO_SNDBUF), 4608);
  EXPECT_EQ(get_int(client, udp, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_EQ(get_int(client, udp, SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EXPECT_EQ(get_int(client, tcp, IPPROTO_IP, IP_TTL), 64);
  EXPECT_EQ(set_int(client, tcp, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
}

TEST(SessionOptions, ShortValuesAreInvalid) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket tcp = client.open();
  ipc::Request request = option(ipc::Op::set_option, tcp, IPPROTO_TCP, TCP_NODELAY);
  request.value_size = 3;
  EXPECT_EQ(client.ask(request).error, EINVAL);
  request.b = TCP_CONGESTION;
  request.value_size = 5;
  std::memcpy(request.value.data(), "cubus", 5);
  EXPECT_EQ(client.ask(request).error, ENOENT);
}

TEST(SessionReport, TellsOfTheInterface) {
  Bench bench;
  RawClient client = bench.client();
  ipc::Request request = request_of(ipc::Op::report);
  request.a = 2;
  const ipc::Reply reply = client.ask(request);
  EXPECT_EQ(reply.error, 0);
  std::string text(reply.value_size, '\0');
  std::memcpy(text.data(), reply.value.data(), text.size());
  EXPECT_EQ(reply.a, static_cast<int>(text.size()));
  EXPECT_EQ(text.rfind("interface ", 0), 0U) << text;
  request.a = 3;
  EXPECT_EQ(client.ask(request).error, EINVAL);
}

/// A client that only watches the interface.
struct WatchingClient {
  explicit WatchingClient(Bench& bench) : ask(bench.session()) { ask(request_of(ipc::Op::hello)); }
  test::Response watch(std::int32_t what = 2) const {
    ipc::Request request = request_of(ipc::Op::report);
    request.a = what;
    request.b = -1;
    return ask(request);
  }
  test::Transport ask;
};

short seen_and_emptied(const ipc::Fd& fd) {
  const short seen = poll_now(fd.get());
  char octet = 0;
  while (::recv(fd.get(), &octet, 1, MSG_DONTWAIT) > 0) {
  }
  return seen;
}

TEST(SessionWatch, TellsOfChangedAddresses) {
  Config config = test::plain_config();
  config.stack.net.dad_transmits = 1;
  Bench bench(config);
  const WatchingClient client(bench);
  const test::Response answer = client.watch();
  ASSERT_EQ(answer.fds.size(), 1U);
  const ipc::Fd& watch = answer.fds[0];
  bench.pass(std::chrono::seconds{3});
  EXPECT_NE(seen_and_emptied(watch) & POLLIN, 0) << "the link-local address was tested meanwhile";
  bench.pass(std::chrono::seconds{1});
  EXPECT_EQ(seen_and_emptied(watch) & (POLLIN | POLLHUP), 0) << "nothing has changed";
  Stack& stack = bench.service().stack();
  const InterfaceId outside = stack.addresses().back().interface;
  ASSERT_TRUE(stack.add_address(outside, *wire::Cidr::parse("2001:db8::7/64"), bench.now()));
  bench.pass(std::chrono::milliseconds{20});
  EXPECT_NE(seen_and_emptied(watch) & POLLIN, 0) << "a new one";
  bench.pass(std::chrono::seconds{3});
  EXPECT_NE(seen_and_emptied(watch) & POLLIN, 0) << "which is usable now";
}

TEST(SessionWatch, EndsWithTheClientAndIsLimited) {
  Bench bench;
  const WatchingClient client(bench);
  const WatchingClient other(bench);
  std::vector<test::Response> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(client.watch());
  EXPECT_EQ(client.watch().reply.error, EMFILE);
  EXPECT_EQ(other.watch().reply.error, 0);
  EXPECT_EQ(other.watch(1).reply.error, EINVAL);
  answers.pop_back();
  answers.push_back(client.watch());
  ASSERT_EQ(answers.back().fds.size(), 1U) << "one that is closed does not count";
  const int last = answers.back().fds[0].get();
  EXPECT_EQ(poll_now(last) & POLLHUP, 0);
  ipc::Request malformed = request_of(ipc::Op::report);
  malformed.reserved = 1;
  EXPECT_EQ(client.ask(malformed).reply.error, ECONNABORTED);
  EXPECT_NE(poll_now(last) & POLLHUP, 0);
}

TEST(SessionReport, TellsOnlyOnesOwnSockets) {
  Bench bench;
  RawClient mine = bench.client(1000);
  RawClient theirs = bench.client(1001);
  const RawSocket socket = mine.open();
  const RawSocket other = theirs.open();
  ASSERT_EQ(mine.bind(socket, loopback(4001)), 0);
  ASSERT_EQ(theirs.bind(other, loopback(4002)), 0);
  ipc::Request request = request_of(ipc::Op::report);
  request.a = 1;
  const ipc::Reply reply = mine.ask(request);
  std::string text(reply.value_size, '\0');
  std::memcpy(text.data(), reply.value.data(), text.size());
  EXPECT_NE(text.find(":4001"), std::string::npos);
  EXPECT_EQ(text.find(":4002"), std::string::npos);
}

TEST(SessionFork, TicketOpensTheArenaOfTheSameUserOnly) {
  Bench bench;
  RawClient parent = bench.client(1000);
  ipc::Request request = request_of(ipc::Op::attach);
  request.value_size = sizeof(ipc::ArenaTicket);
  ipc::ArenaTicket ticket = parent.ticket();
  std::memcpy(request.value.data(), &ticket, sizeof(ticket));
  EXPECT_EQ(bench.session(1000)(request).reply.error, 0);
  EXPECT_EQ(bench.session(1001)(request).reply.error, EACCES);
  ticket.secret[1] ^= 1;
  std::memcpy(request.value.data(), &ticket, sizeof(ticket));
  EXPECT_EQ(bench.session(1000)(request).reply.error, EACCES);
}

TEST(SessionFork, ArenaLivesWhileASessionOrASocketDoes) {
  Bench bench;
  RawClient client = bench.client();
  RawSocket socket = client.open();
  bench.end_session(0);
  bench.settle();
  EXPECT_EQ(bench.service().client_count(), 1U);
  socket.fd.reset();
  bench.settle();
  EXPECT_EQ(bench.service().client_count(), 0U);
  EXPECT_EQ(bench.service().quota().total(Resource::memory), 0U);
  EXPECT_EQ(bench.service().quota().total(Resource::sockets), 0U);
}

// req: F1
TEST(SessionEnd, NothingLeaksWhenAClientGoes) {
  Bench bench;
  {
    ConnectedPair pair(bench);
    pair.client.write(pair.near, "delivered after the end");
    bench.end_session(1);
    pair.near.fd.reset();
    bench.settle();
    EXPECT_EQ(pair.server.read(pair.far), "delivered after the end");
    EXPECT_NE(pair.server.flags(pair.far) & flag::kReceiveClosed, 0U);
    bench.end_session(0);
  }
  bench.pass(std::chrono::seconds{70});
  EXPECT_EQ(bench.service().client_count(), 0U);
  EXPECT_EQ(bench.service().quota().total(Resource::memory), 0U);
  EXPECT_EQ(bench.service().quota().total(Resource::sockets), 0U);
  EXPECT_EQ(bench.service().quota().total(Resource::listeners), 0U);
  EXPECT_TRUE(bench.service().stack().sockets().empty());
}

TEST(SessionNames, ServersAreToldToWhoeverAsks) {
  Config config = test::plain_config();
  config.dns.servers.push_back({*wire::IpAddress::parse("192.0.2.53"), 53});
  config.dns.search.emplace_back("example.org");
  Bench bench(config);
  RawClient client = bench.client();
  const ipc::Reply reply = client.ask(request_of(ipc::Op::name_servers));
  EXPECT_EQ(reply.error, 0);
  EXPECT_EQ(std::string(reply.value.begin(), reply.value.begin() + reply.value_size),
            "192.0.2.53:53\nexample.org");
}

}  // namespace
}  // namespace zsock::host
