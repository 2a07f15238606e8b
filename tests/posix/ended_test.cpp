/// \file
/// A connection that is over, both ways closed or reset: what its socket still tells and takes
/// (conformance 2.1, 2.5).

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

enum class End { closed, closed_by_peer, reset };

/// The end of a connection that has ended so. The listener lives on.
struct Ended {
  Fd listener;
  Fd socket;
};

/// Under the shim, a copy on a descriptor of standard input and output puts the connection into
/// stream mode.
Fd on_standard_input(const Fd& socket) {
  EXPECT_EQ(::dup2(socket, STDIN_FILENO), STDIN_FILENO);
  return Fd(::dup(STDIN_FILENO));
}

enum class Mode { as_is, on_standard_input };

Ended ended(End how, Mode mode) {
  Pair pair = connected();
  EXPECT_EQ(connect_outcome(pair.client, Name::local(pair.listener)), "0") << "to be told of it";
  if (mode == Mode::on_standard_input) pair.client = on_standard_input(pair.client);
  if (how == End::reset) {
    reset_connection(pair.server);
    EXPECT_EQ(received_in_time(pair.client), "ECONNRESET");
  } else {
    const int first = how == End::closed ? pair.client : pair.server;
    const int second = how == End::closed ? pair.server : pair.client;
    EXPECT_EQ(shutdown_outcome(first, SHUT_WR), "0");
    EXPECT_EQ(received_in_time(second), "0");
    EXPECT_EQ(shutdown_outcome(second, SHUT_WR), "0");
    EXPECT_EQ(received_in_time(first), "0");
  }
  EXPECT_TRUE(becomes(pair.client, POLLHUP));
  return {std::move(pair.listener), std::move(pair.client)};
}

/// Every way to end, and both modes. The native calls have no dup2().
void each_end(const std::function<void(const Ended&)>& examine) {
  for (const Mode mode : {Mode::as_is, Mode::on_standard_input}) {
    if (mode == Mode::on_standard_input && is_zsockd() && !is_shim()) continue;
    for (const End how : {End::closed, End::closed_by_peer, End::reset}) {
      SCOPED_TRACE("end " + std::to_string(static_cast<int>(how)) +
                   (mode == Mode::as_is ? "" : ", on standard input"));
      examine(ended(how, mode));
    }
  }
}

TEST(Ended, TellsItsOptions) {
  each_end([](const Ended& scene) {
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_NODELAY), "0");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_KEEPIDLE), "7200");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_LINGER2), "60");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_CORK), "0");
    EXPECT_EQ(option(scene.socket, IPPROTO_IP, IP_TTL), "64");
    EXPECT_EQ(option(scene.socket, IPPROTO_IP, IP_TOS), "0");
    EXPECT_EQ(option(scene.socket, SOL_SOCKET, SO_KEEPALIVE), "0");
    EXPECT_EQ(option(scene.socket, SOL_SOCKET, SO_ACCEPTCONN), "0");
    EXPECT_EQ(option(scene.socket, SOL_SOCKET, SO_TYPE), std::to_string(SOCK_STREAM));
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, 999), "ENOPROTOOPT");
  });
}

TEST(Ended, TakesOptions) {
  each_end([](const Ended& scene) {
    EXPECT_EQ(set_option(scene.socket, IPPROTO_TCP, TCP_NODELAY, 1), "0");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_NODELAY), "1");
    EXPECT_EQ(set_option(scene.socket, IPPROTO_TCP, TCP_KEEPIDLE, 17), "0");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_KEEPIDLE), "17");
    EXPECT_EQ(set_option(scene.socket, SOL_SOCKET, SO_KEEPALIVE, 1), "0");
    EXPECT_EQ(option(scene.socket, SOL_SOCKET, SO_KEEPALIVE), "1");
    EXPECT_EQ(set_option(scene.socket, SOL_SOCKET, SO_REUSEADDR, 1), "0");
    EXPECT_EQ(set_option(scene.socket, IPPROTO_TCP, TCP_QUICKACK, 1), "0");
    EXPECT_EQ(set_option(scene.socket, IPPROTO_IP, IP_TTL, 300), "EINVAL");
  });
}

TEST(Ended, SaysThatItIsClosed) {
  each_end([](const Ended& scene) {
    tcp_info info{};
    socklen_t length = sizeof(info);
    ASSERT_EQ(outcome(::getsockopt(scene.socket, IPPROTO_TCP, TCP_INFO, &info, &length)), "0");
    EXPECT_EQ(info.tcpi_state, 7) << "TCP_CLOSE, whatever has become of the flow";
  });
}

TEST(Ended, KeepsItsNameAndHasNoPeer) {
  each_end([](const Ended& scene) {
    EXPECT_EQ(local_text(scene.socket).substr(0, 10), "127.0.0.1:");
    EXPECT_EQ(peer_text(scene.socket), "ENOTCONN");
  });
}

TEST(Ended, CannotBeUsedAsItIs) {
  each_end([](const Ended& scene) {
    EXPECT_EQ(shutdown_outcome(scene.socket, SHUT_RDWR), "ENOTCONN");
    EXPECT_EQ(outcome(::listen(scene.socket, 1)), "EINVAL");
    EXPECT_EQ(outcome(::accept4(scene.socket, nullptr, nullptr, SOCK_NONBLOCK)), "EINVAL");
    EXPECT_EQ(connect_outcome(scene.socket, Name::local(scene.listener)), "EISCONN");
  });
}

/// What has begun anew is as good as new.
TEST(Ended, ConnectsAgainAfterConnectWithoutAnAddress) {
  for (const End how : {End::closed, End::closed_by_peer, End::reset}) {
    const Ended scene = ended(how, Mode::as_is);
    EXPECT_EQ(set_option(scene.socket, IPPROTO_TCP, TCP_KEEPIDLE, 17), "0");
    EXPECT_EQ(connect_outcome(scene.socket, Name(AF_UNSPEC)), "0");
    EXPECT_EQ(connect_outcome(scene.socket, Name::local(scene.listener)), "EINPROGRESS");
    const Fd server = accepted(scene.listener);
    EXPECT_EQ(events_become(scene.socket, "OUT"), "OUT");
    EXPECT_EQ(send_outcome(server, "new"), "3");
    EXPECT_EQ(received_in_time(scene.socket), "\"new\"");
    EXPECT_EQ(send_outcome(scene.socket, "reply"), "5");
    EXPECT_EQ(received_in_time(server), "\"reply\"");
    EXPECT_EQ(option(scene.socket, IPPROTO_TCP, TCP_KEEPIDLE), "17");
  }
}

/// The port that the application has named is its socket's as long as that is there.
TEST(Ended, KeepsItsPort) {
  const Fd listener = listening();
  const auto named = [] {
    Fd fd = tcp();
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    return fd;
  };
  Fd client = named();
  ASSERT_EQ(bind_outcome(client, Name("127.0.0.1", 30200)), "0");
  ASSERT_EQ(connect_outcome(client, Name::local(listener)), "EINPROGRESS");
  Fd server = accepted(listener);
  server.reset();
  EXPECT_EQ(received_in_time(client), "0");
  EXPECT_EQ(shutdown_outcome(client, SHUT_WR), "0");
  ASSERT_TRUE(becomes(client, POLLHUP));
  EXPECT_EQ(local_text(client), "127.0.0.1:30200");
  EXPECT_EQ(bind_outcome(tcp(), Name("127.0.0.1", 30200)), "EADDRINUSE");
  client.reset();
  EXPECT_TRUE(eventually([&] {
    const Fd next = named();
    return bind_outcome(next, Name("127.0.0.1", 30200)) == "0";
  }));
}

}  // namespace
}  // namespace zsock::posix
