/// \file
/// TCP Fast Open (RFC 7413): the calls. On the wire: tests/scripts/tfo.

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

/// Every case has an address of its own: a cookie is remembered for an address.
Fd fast_listener(const std::string& address) {
  Fd listener = bound(SOCK_STREAM, address);
  EXPECT_EQ(set_option(listener, IPPROTO_TCP, TCP_FASTOPEN, 8), "0");
  EXPECT_EQ(outcome(::listen(listener, 8)), "0");
  return listener;
}

/// A connection that leaves a cookie behind.
void get_cookie(const Fd& listener) {
  const Fd client = tcp();
  set_blocking(client, true);
  ASSERT_EQ(send_to_outcome(client, "first", Name::local(listener), MSG_FASTOPEN), "5");
  const Fd server = accepted(listener);
  EXPECT_EQ(received_in_time(server), "\"first\"");
}

TEST(Fastopen, Options) {
  const Fd fd = tcp();
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_FASTOPEN), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, -1), "EINVAL");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, 7), "0");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_FASTOPEN), "7");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 2), "EINVAL");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, -1), "EINVAL");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), "0");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), "1");
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.listener, IPPROTO_TCP, TCP_FASTOPEN, 3), "0");
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_FASTOPEN, 3), "EINVAL");
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), "EINVAL");
  EXPECT_EQ(set_option(pair.listener, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), "EINVAL");
}

TEST(Fastopen, WithoutACookieItIsAnOrdinaryConnect) {
  const Fd listener = fast_listener("127.0.1.1");
  const Fd client = tcp();
  EXPECT_EQ(send_to_outcome(client, "x", Name::local(listener), MSG_FASTOPEN), "EINPROGRESS");
  ASSERT_TRUE(becomes(client, POLLOUT));
  const Fd server = accepted(listener);
  EXPECT_EQ(send_outcome(client, "later"), "5");
  EXPECT_EQ(received_in_time(server), "\"later\"") << "nothing of the first call";
}

TEST(Fastopen, WithACookieTheTextGoesAlong) {
  const Fd listener = fast_listener("127.0.1.2");
  get_cookie(listener);
  const Fd client = tcp();
  EXPECT_EQ(send_to_outcome(client, "at once", Name::local(listener), MSG_FASTOPEN), "7");
  const Fd server = accepted(listener);
  EXPECT_EQ(received_in_time(server), "\"at once\"");
  EXPECT_EQ(send_outcome(server, "answer"), "6");
  EXPECT_EQ(received_in_time(client), "\"answer\"");
  EXPECT_EQ(pending_error(client), "0");
  EXPECT_EQ(send_outcome(client, "more"), "4");
  EXPECT_EQ(received_in_time(server), "\"more\"");
}

TEST(Fastopen, ABlockingWriterSendsAll) {
  const Fd listener = fast_listener("127.0.1.3");
  get_cookie(listener);
  const Fd client = tcp();
  set_blocking(client, true);
  const std::string much(1'000'000, 'x');
  std::string sent;
  std::thread writer(
      [&] { sent = send_to_outcome(client, much, Name::local(listener), MSG_FASTOPEN); });
  const Fd server = accepted(listener);
  EXPECT_TRUE(takes(server, much.size()));
  writer.join();
  EXPECT_EQ(sent, "1000000");
}

TEST(Fastopen, RefusedCalls) {
  const Pair pair = connected();
  const Name peer = Name::local(pair.listener);
  EXPECT_EQ(send_to_outcome(pair.client, "x", peer, MSG_FASTOPEN), "1") << "as connect(): 0 once";
  EXPECT_EQ(send_to_outcome(pair.client, "x", peer, MSG_FASTOPEN), "EISCONN");
  EXPECT_EQ(send_to_outcome(tcp(), "x", Name(AF_UNSPEC), MSG_FASTOPEN), "EOPNOTSUPP");
  const Fd client = tcp();
  const Fd closed = bound(SOCK_STREAM, "127.0.1.4");
  set_blocking(client, true);
  EXPECT_EQ(send_to_outcome(client, "x", Name::local(closed), MSG_FASTOPEN), "ECONNREFUSED");
}

TEST(Fastopen, ConnectWaitsForText) {
  const Fd listener = fast_listener("127.0.1.5");
  get_cookie(listener);
  const Fd client = tcp();
  EXPECT_EQ(set_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), "0");
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "0");
  EXPECT_EQ(events(client), "OUT");
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "EISCONN");
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(outcome(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)), "EAGAIN");
  EXPECT_EQ(send_outcome(client, "text"), "4");
  const Fd server = accepted(listener);
  EXPECT_EQ(received_in_time(server), "\"text\"");
  EXPECT_EQ(send_outcome(server, "answer"), "6");
  EXPECT_EQ(received_in_time(client), "\"answer\"");
  EXPECT_EQ(events_become(client, "OUT"), "OUT");
}

TEST(Fastopen, ConnectWithoutACookieIsAnOrdinaryOne) {
  const Fd listener = fast_listener("127.0.1.6");
  const Fd client = tcp();
  EXPECT_EQ(set_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), "0");
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "EINPROGRESS");
  EXPECT_TRUE(becomes(client, POLLOUT));
  const Fd server = accepted(listener);
  EXPECT_EQ(send_outcome(client, "text"), "4");
  EXPECT_EQ(received_in_time(server), "\"text\"");
}

}  // namespace
}  // namespace zsock::posix
