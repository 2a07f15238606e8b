/// \file
/// Data, ends, errors and SIGPIPE (conformance 2.4).

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// SO_MAX_PACING_RATE
TEST(Data, NotFasterThanTheHighestRate) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_MAX_PACING_RATE, 5'000'000), "0");
  set_blocking(pair.client, true);
  const std::string much(2'000'000, 'x');
  const auto start = std::chrono::steady_clock::now();
  std::thread writer([&] { EXPECT_EQ(send_outcome(pair.client, much), "2000000"); });
  EXPECT_TRUE(takes(pair.server, much.size()));
  writer.join();
  // Linux does not pace the first ten segments, of 64 KiB on the loopback.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{200});
}

TEST(Data, PeerHasFinished) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "last"), "4");
  EXPECT_EQ(shutdown_outcome(pair.server, SHUT_WR), "0");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|RDHUP"), "IN|OUT|RDHUP");
  EXPECT_EQ(received(pair.client), "\"last\"");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(events(pair.client), "IN|OUT|RDHUP");
  EXPECT_EQ(send_outcome(pair.client, "more"), "4");
  EXPECT_EQ(received_in_time(pair.server), "\"more\"");
}

TEST(Data, SendAfterPeerHasClosed) {
  Pair pair = connected();
  pair.server.reset();
  EXPECT_EQ(events_become(pair.client, "IN|OUT|RDHUP"), "IN|OUT|RDHUP");
  EXPECT_EQ(send_outcome(pair.client, "x"), "1");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(pending_error(pair.client), "EPIPE");
  EXPECT_EQ(send_outcome(pair.client, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(received(pair.client), "0");
}

/// A connection that the peer has reset.
Pair reset_pair(const std::string& data = "") {
  Pair pair = connected();
  if (!data.empty()) {
    EXPECT_EQ(send_outcome(pair.server, data), std::to_string(data.size()));
    EXPECT_TRUE(becomes(pair.client, POLLIN));
  }
  reset_connection(pair.server);
  EXPECT_EQ(events_become(pair.client, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  return pair;
}

TEST(Data, ResetToldByRecv) {
  const Pair pair = reset_pair();
  EXPECT_EQ(received(pair.client), "ECONNRESET");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(send_outcome(pair.client, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(pending_error(pair.client), "0");
  EXPECT_EQ(events(pair.client), shown(kErrorTold));
}

TEST(Data, ResetToldBySend) {
  const Pair pair = reset_pair();
  EXPECT_EQ(send_outcome(pair.client, "x", MSG_NOSIGNAL), "ECONNRESET");
  EXPECT_EQ(send_outcome(pair.client, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(received(pair.client), "0");
}

TEST(Data, ResetToldBySoError) {
  const Pair pair = reset_pair();
  EXPECT_EQ(pending_error(pair.client), "ECONNRESET");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(peer_text(pair.client), "ENOTCONN");
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_WR), "ENOTCONN");
}

TEST(Data, DataBeforeAResetIsReadable) {
  const Pair pair = reset_pair("abc");
  EXPECT_EQ(received(pair.client), "\"abc\"");
  EXPECT_EQ(received(pair.client), "ECONNRESET");
  EXPECT_EQ(received(pair.client), "0");
}

// --- SIGPIPE -----------------------------------------------------------------------------------

volatile std::sig_atomic_t pipe_signals = 0;
void count_signal(int /*number*/) {
  pipe_signals = pipe_signals + 1;
}

/// How many SIGPIPEs come while something is done.
int pipes_during(const std::function<void()>& what) {
  pipe_signals = 0;
  const auto before = ::signal(SIGPIPE, count_signal);
  what();
  ::signal(SIGPIPE, before);
  return pipe_signals;
}

TEST(Data, SigpipeGoesWithEpipe) {
  const Fd fresh = tcp();
  EXPECT_EQ(pipes_during([&] { EXPECT_EQ(send_outcome(fresh, "x"), "EPIPE"); }), 1);
  EXPECT_EQ(pipes_during([&] { EXPECT_EQ(outcome(::write(fresh, "x", 1)), "EPIPE"); }), 1);
  EXPECT_EQ(pipes_during([&] { EXPECT_EQ(send_outcome(fresh, "x", MSG_NOSIGNAL), "EPIPE"); }), 0);
  const Pair pair = reset_pair();
  EXPECT_EQ(pipes_during([&] { EXPECT_EQ(send_outcome(pair.client, "x"), "ECONNRESET"); }), 0);
  EXPECT_EQ(pipes_during([&] { EXPECT_EQ(send_outcome(pair.client, "x"), "EPIPE"); }), 1);
}

// --- shutdown() --------------------------------------------------------------------------------

TEST(Data, ShutdownOfSending) {
  const Pair pair = connected();
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_WR), "0");
  EXPECT_EQ(events(pair.client), "OUT");
  EXPECT_EQ(send_outcome(pair.client, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(received_in_time(pair.server), "0");
  EXPECT_EQ(send_outcome(pair.server, "reply"), "5");
  EXPECT_EQ(received_in_time(pair.client), "\"reply\"");
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_WR), "0");
}

TEST(Data, ShutdownOfReceiving) {
  const Pair pair = connected();
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_RD), "0");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|RDHUP"), "IN|OUT|RDHUP");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(events(pair.server), "OUT") << "the peer is not told";
  EXPECT_EQ(send_outcome(pair.server, "late"), "4");
  EXPECT_TRUE(eventually([&] { return received(pair.client) == "\"late\""; }));
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(send_outcome(pair.client, "x"), "1");
  EXPECT_EQ(received_in_time(pair.server), "\"x\"");
}

TEST(Data, ShutdownOfBoth) {
  const Pair pair = connected();
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_RDWR), "0");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|HUP|RDHUP"), "IN|OUT|HUP|RDHUP");
  EXPECT_EQ(received_in_time(pair.server), "0");
  EXPECT_EQ(send_outcome(pair.server, "late"), "4");
  // Nobody will read it: a reset for the peer, and for ourselves.
  EXPECT_TRUE(eventually([&] {
    return (::recv(pair.client, nullptr, 0, 0), events(pair.server)) == "IN|OUT|ERR|HUP|RDHUP";
  }));
}

TEST(Data, BothHaveFinished) {
  const Pair pair = connected();
  EXPECT_EQ(shutdown_outcome(pair.client, SHUT_WR), "0");
  EXPECT_EQ(received_in_time(pair.server), "0");
  EXPECT_EQ(shutdown_outcome(pair.server, SHUT_WR), "0");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|HUP|RDHUP"), "IN|OUT|HUP|RDHUP");
  EXPECT_EQ(events_become(pair.server, "IN|OUT|HUP|RDHUP"), "IN|OUT|HUP|RDHUP");
  EXPECT_EQ(received(pair.client), "0");
  EXPECT_EQ(
      outcome_after("0", [&] { return shutdown_outcome(pair.server, SHUT_RD) == "0" ? 0 : 1; }),
      "1");
  EXPECT_EQ(peer_text(pair.server), "ENOTCONN");
  EXPECT_EQ(shutdown_outcome(pair.server, SHUT_RDWR), "ENOTCONN");
}

// --- close() -----------------------------------------------------------------------------------

TEST(Data, CloseWithUnreadData) {
  Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.client, "unread"), "6");
  ASSERT_TRUE(becomes(pair.server, POLLIN));
  pair.server.reset();
  EXPECT_EQ(received_in_time(pair.client), "ECONNRESET");
}

TEST(Data, LingerZero) {
  Pair pair = connected();
  const Name name = Name::local(pair.client);
  reset_connection(pair.client);
  EXPECT_EQ(received_in_time(pair.server), "ECONNRESET");
  // No TIME-WAIT keeps the port.
  EXPECT_TRUE(eventually([&] { return bind_outcome(tcp(), name) == "0"; }));
}

/// Fills a connection until it takes no more.
void fill(int fd) {
  const std::string much(1 << 16, 'x');
  for (int idle = 0; idle < 20;) {
    if (send_outcome(fd, much, MSG_DONTWAIT | MSG_NOSIGNAL) != "EAGAIN") {
      idle = 0;
      continue;
    }
    ++idle;
    std::this_thread::sleep_for(5ms);
  }
}

TEST(Data, LingerWaits) {
  Pair pair = connected();
  fill(pair.client);
  const linger lingering{.l_onoff = 1, .l_linger = 1};
  ASSERT_EQ(outcome(::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &lingering, sizeof lingering)),
            "0");
  const auto start = Clock::now();
  pair.client.reset();  // non-blocking, and yet
  EXPECT_GE(Clock::now() - start, 900ms);
}

TEST(Data, CloseDeliversWhatIsUnsent) {
  Pair pair = connected();
  constexpr std::size_t kOctets = 3'000'000;
  const int good = in_child([&] {
    const std::string much(kOctets, 'y');
    set_blocking(pair.client, true);
    // The parent reads meanwhile; the end goes with what the rings still hold.
    std::size_t sent = 0;
    while (sent < much.size() - 200'000) {
      const ssize_t count = ::send(pair.client, much.data(), 100'000, 0);
      if (count < 0) return 1;
      sent += static_cast<std::size_t>(count);
      if (sent > 300'000) break;
    }
    return 0;
  });
  EXPECT_EQ(good, 0);
  pair.client.reset();
  std::size_t got = 0;
  for (std::string piece; (piece = received_in_time(pair.server, 0, 65536)) != "0";) {
    ASSERT_EQ(piece.front(), '"') << piece;
    got += piece.size() - 2;
  }
  EXPECT_GE(got, 300'000U);
}

TEST(Data, KilledProcess) {
  for (const bool unread : {false, true}) {
    Pair pair = connected();
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) ::pause();
    }
    pair.client.reset();  // the child's alone now
    if (unread) {
      EXPECT_EQ(send_outcome(pair.server, "unread"), "6");
      std::this_thread::sleep_for(kMoment);
    }
    EXPECT_EQ(received(pair.server), "EAGAIN");
    ::kill(child, SIGKILL);
    EXPECT_EQ(received_in_time(pair.server), unread ? "ECONNRESET" : "0");
  }
}

TEST(Data, ForkSharesTheSocket) {
  Pair pair = connected();
  EXPECT_EQ(in_child([&] { return send_outcome(pair.client, "child") == "5" ? 0 : 1; }), 0);
  EXPECT_EQ(received_in_time(pair.server), "\"child\"");
  EXPECT_EQ(events(pair.server), "OUT") << "the child's end is not the socket's";
  EXPECT_EQ(send_outcome(pair.client, "parent"), "6");
  EXPECT_EQ(received_in_time(pair.server), "\"parent\"");
  pair.client.reset();
  EXPECT_EQ(received_in_time(pair.server), "0");
}

// --- Threads -----------------------------------------------------------------------------------

/// What a call says that waits in another thread while something happens here.
std::string meanwhile(const std::function<std::string()>& waiting,
                      const std::function<void()>& here) {
  std::string result;
  std::thread other([&] { result = waiting(); });
  std::this_thread::sleep_for(kMoment);
  here();
  other.join();
  return result;
}

TEST(Data, ShutdownWakesReaders) {
  const Pair pair = connected();
  set_blocking(pair.client, true);
  EXPECT_EQ(meanwhile([&] { return received(pair.client); },
                      [&] { shutdown_outcome(pair.client, SHUT_RDWR); }),
            "0");
}

TEST(Data, ShutdownWakesAcceptors) {
  const Fd listener = listening();
  set_blocking(listener, true);
  EXPECT_EQ(meanwhile([&] { return outcome(::accept4(listener, nullptr, nullptr, 0)); },
                      [&] { shutdown_outcome(listener, SHUT_RDWR); }),
            "EINVAL");
}

TEST(Data, CloseDoesNotWakeReaders) {
  Pair pair = connected();
  set_blocking(pair.client, true);
  const int number = pair.client;
  EXPECT_EQ(meanwhile([number] { return received(number); },
                      [&] {
                        pair.client.reset();
                        std::this_thread::sleep_for(kMoment);
                        EXPECT_EQ(send_outcome(pair.server, "still"), "5");
                      }),
            "\"still\"");
}

TEST(Data, UserTimeoutEndsABlockedSend) {
  // A peer that reads nothing is alive: its closed window is probed, and answered.
  const Pair pair = connected();
  ASSERT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 300), "0");
  fill(pair.client);
  set_blocking(pair.client, true);
  const std::string much(1 << 20, 'z');
  std::string result;
  do {
    result = send_outcome(pair.client, much, MSG_NOSIGNAL);
  } while (result != "ETIMEDOUT" && result != "EPIPE" && result.front() != 'E');
  EXPECT_EQ(result, "ETIMEDOUT");
}

}  // namespace
}  // namespace zsock::posix
