#include "daemon/stream_mode.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;
using test::Bench;
using test::ConnectedPair;
using test::poll_now;
using test::RawClient;
using test::RawSocket;

/// Reads what the descriptor itself has; "!" and an errno when it has an error, "." at the end.
std::string read_raw(const RawSocket& socket) {
  std::string all;
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t got = ::recv(socket.fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got == 0) return all + ".";
    if (got < 0) return errno == EAGAIN ? all : all + "!" + std::to_string(errno);
    all.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::size_t write_raw(const RawSocket& socket, std::string_view octets) {
  const ssize_t sent =
      ::send(socket.fd.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::string pattern(std::size_t size) {
  std::string octets(size, '\0');
  for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<char>(i * 31 + (i >> 8) * 7);
  return octets;
}

class StreamModeTest : public ::testing::Test {
 protected:
  int begin(RawClient& client, const RawSocket& socket, int enclosed) {
    bench_.enclose(enclosed);
    return client.call(ipc::Op::stream, socket);
  }
  void begin() {
    ASSERT_EQ(begin(pair_.client, pair_.near, pair_.near.fd.get()), 0);
    bench_.settle();
  }
  /// Raw octets of the client's until the server has them all.
  std::string carry_to_far(const std::string& octets) {
    std::string got;
    for (std::size_t sent = 0; got.size() < octets.size();) {
      sent += write_raw(pair_.near, std::string_view(octets).substr(sent));
      bench_.settle();
      const std::string more = pair_.server.read(pair_.far);
      if (more.empty()) bench_.pass(std::chrono::milliseconds{1});
      got += more;
      if (got.size() > octets.size()) break;
    }
    return got;
  }
  std::string carry_to_near(const std::string& octets) {
    std::string got;
    for (std::size_t sent = 0; got.size() < octets.size();) {
      sent += pair_.server.write(pair_.far, std::string_view(octets).substr(sent));
      bench_.settle();
      const std::string more = read_raw(pair_.near);
      if (more.empty()) bench_.pass(std::chrono::milliseconds{1});
      got += more;
      if (got.size() > octets.size()) break;
    }
    return got;
  }

  Bench bench_;
  ConnectedPair pair_{bench_};
};

TEST_F(StreamModeTest, ContinuesTheStreamAtTheOctet) {
  pair_.client.write(pair_.near, "ring ");
  pair_.server.write(pair_.far, "before ");
  bench_.settle();  // a token lies in the descriptor now, and the octets in the ring
  begin();
  EXPECT_NE(pair_.client.flags(pair_.near) & flag::kStreaming, 0U);
  EXPECT_EQ(read_raw(pair_.near), "before ");
  EXPECT_EQ(poll_now(pair_.near.fd.get()), POLLOUT);
  EXPECT_EQ(write_raw(pair_.near, "raw"), 3U);
  pair_.server.write(pair_.far, "after");
  bench_.settle();
  EXPECT_EQ(poll_now(pair_.near.fd.get()), POLLIN | POLLOUT);
  EXPECT_EQ(read_raw(pair_.near), "after");
  EXPECT_EQ(pair_.server.read(pair_.far), "ring raw");
  // Asked again: nothing changes.
  begin();
  EXPECT_EQ(write_raw(pair_.near, "!"), 1U);
  bench_.settle();
  EXPECT_EQ(pair_.server.read(pair_.far), "!");
}

TEST_F(StreamModeTest, CarriesMoreThanAnyBufferBothWays) {
  begin();
  const std::string octets = pattern(5'000'000);
  EXPECT_TRUE(carry_to_far(octets) == octets);
  EXPECT_TRUE(carry_to_near(octets) == octets);
}

TEST_F(StreamModeTest, PeerThatDoesNotReadHoldsTheWriterBack) {
  begin();
  const std::string octets = pattern(8'000'000);
  std::size_t sent = 0;
  for (int i = 0; i < 1000; ++i) {
    sent += write_raw(pair_.near, std::string_view(octets).substr(sent));
    bench_.settle();
  }
  EXPECT_LT(sent, octets.size());
  EXPECT_EQ(poll_now(pair_.near.fd.get()), 0);
  std::string got;
  while (got.size() < sent) {
    got += pair_.server.read(pair_.far);
    bench_.pass(std::chrono::milliseconds{300});
  }
  EXPECT_TRUE(got == octets.substr(0, sent));
  EXPECT_EQ(poll_now(pair_.near.fd.get()), POLLOUT);
}

TEST_F(StreamModeTest, ShutdownAndPeersEndComeAfterTheData) {
  begin();
  write_raw(pair_.near, "last words");
  ::shutdown(pair_.near.fd.get(), SHUT_WR);
  bench_.settle();
  EXPECT_EQ(pair_.server.read(pair_.far), "last words");
  EXPECT_NE(pair_.server.flags(pair_.far) & flag::kReceiveClosed, 0U);
  pair_.server.write(pair_.far, "an answer");
  EXPECT_EQ(pair_.server.call(ipc::Op::shutdown, pair_.far, SHUT_WR), 0);
  bench_.settle();
  EXPECT_EQ(read_raw(pair_.near), "an answer.");
}

TEST_F(StreamModeTest, CarriesWhatCameBeforeAnEndThatWasShownAlready) {
  const std::string octets = pattern(250'000);
  ASSERT_EQ(pair_.server.write(pair_.far, octets), octets.size());
  EXPECT_EQ(pair_.server.call(ipc::Op::shutdown, pair_.far, SHUT_WR), 0);
  bench_.pass(std::chrono::milliseconds{100});
  ASSERT_NE(poll_now(pair_.near.fd.get()) & POLLRDHUP, 0);
  bench_.enclose(pair_.near.fd.get());
  ASSERT_EQ(pair_.client.stream(pair_.near), 0);
  std::string got;
  for (int i = 0; i < 100 && !got.ends_with('.'); ++i) {
    bench_.settle();
    got += read_raw(pair_.near);
  }
  EXPECT_TRUE(got == octets + ".") << got.size();
  // The other direction is open.
  EXPECT_EQ(write_raw(pair_.near, "answer"), 6U);
  bench_.settle();
  EXPECT_EQ(pair_.server.read(pair_.far), "answer");
}

TEST_F(StreamModeTest, EndThatWasShownAlreadyIsKeptForThoseWhoWantIt) {
  ASSERT_EQ(pair_.server.write(pair_.far, "last words"), 10U);
  EXPECT_EQ(pair_.server.call(ipc::Op::shutdown, pair_.far, SHUT_WR), 0);
  bench_.pass(std::chrono::milliseconds{100});
  bench_.enclose(pair_.near.fd.get());
  EXPECT_EQ(pair_.client.call(ipc::Op::stream, pair_.near, ipc::kKeepEnd), EBUSY);
  EXPECT_EQ(pair_.client.status(pair_.near).flags.snapshot() & flag::kStreaming, 0U);
  EXPECT_EQ(pair_.client.read(pair_.near), "last words");
  // Nothing is left before the end.
  bench_.enclose(pair_.near.fd.get());
  EXPECT_EQ(pair_.client.call(ipc::Op::stream, pair_.near, ipc::kKeepEnd), 0);
}

TEST_F(StreamModeTest, OtherCopiesOfAnEndThatWasReplacedShowNoSigns) {
  ASSERT_EQ(pair_.server.write(pair_.far, "last words"), 10U);
  EXPECT_EQ(pair_.server.call(ipc::Op::shutdown, pair_.far, SHUT_WR), 0);
  bench_.pass(std::chrono::milliseconds{100});
  const RawSocket copy{.fd = ipc::Fd(::fcntl(pair_.near.fd.get(), F_DUPFD_CLOEXEC, 0))};
  bench_.enclose(pair_.near.fd.get());
  ASSERT_EQ(pair_.client.stream(pair_.near), 0);
  bench_.settle();
  EXPECT_EQ(read_raw(pair_.near), "last words.");
  EXPECT_EQ(read_raw(copy), "!" + std::to_string(ECONNRESET));
}

TEST_F(StreamModeTest, CloseDeliversWhatWasWritten) {
  begin();
  const std::string octets = pattern(100'000);
  ASSERT_EQ(write_raw(pair_.near, octets), octets.size());
  pair_.near.fd.reset();
  bench_.settle();
  EXPECT_TRUE(pair_.server.read(pair_.far) == octets);
  EXPECT_EQ(pair_.server.flags(pair_.far) & (flag::kReceiveClosed | flag::kFailed),
            flag::kReceiveClosed);
}

TEST_F(StreamModeTest, CloseWithDataUnreadResets) {
  begin();
  pair_.server.write(pair_.far, "never read");
  bench_.settle();
  pair_.near.fd.reset();
  bench_.settle();
  EXPECT_NE(pair_.server.flags(pair_.far) & flag::kFailed, 0U);
}

TEST_F(StreamModeTest, ResetShowsAfterTheData) {
  begin();
  pair_.server.write(pair_.far, "some");
  bench_.settle();
  // The server closes with octets unread.
  write_raw(pair_.near, "unread");
  bench_.settle();
  pair_.far.fd.reset();
  bench_.settle();
  EXPECT_EQ(read_raw(pair_.near), "some!" + std::to_string(ECONNRESET));
}

TEST_F(StreamModeTest, TakesConnectedStreamsByTheirOwnDescriptorOnly) {
  EXPECT_EQ(begin(pair_.client, pair_.near, pair_.far.fd.get()), EINVAL);
  const ipc::Fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(begin(pair_.client, pair_.near, file.get()), EINVAL);
  const RawSocket fresh = pair_.client.open();
  EXPECT_EQ(begin(pair_.client, fresh, fresh.fd.get()), ENOTCONN);
  const RawSocket datagrams = pair_.client.open(4, SOCK_DGRAM);
  EXPECT_EQ(begin(pair_.client, datagrams, datagrams.fd.get()), ENOTCONN);
  EXPECT_EQ(begin(pair_.server, pair_.listener, pair_.listener.fd.get()), ENOTCONN);
  // Ring mode goes on.
  pair_.client.write(pair_.near, "ring");
  bench_.settle();
  EXPECT_EQ(pair_.server.read(pair_.far), "ring");
  // Without a descriptor: cut off.
  EXPECT_EQ(pair_.client.call(ipc::Op::stream, pair_.near), ECONNABORTED);
}

TEST_F(StreamModeTest, DescriptorNobodyAskedForCutsOff) {
  bench_.enclose(pair_.near.fd.get());
  EXPECT_EQ(pair_.client.call(ipc::Op::shutdown, pair_.near, SHUT_WR), ECONNABORTED);
}

ipc::Request adoption() {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::adopt);
  return request;
}

TEST_F(StreamModeTest, HolderOfADescriptorJoinsItsArena) {
  const test::Transport heir = bench_.session();
  bench_.enclose(pair_.near.fd.get());
  const test::Response response = heir(adoption());
  EXPECT_EQ(response.reply.error, 0);
  EXPECT_EQ(response.reply.slot, pair_.near.slot);
  EXPECT_EQ(response.reply.generation, pair_.near.generation);
  ASSERT_EQ(response.fds.size(), 3U);
  // It is one of the arena now: calls on its sockets are answered, more are found.
  bench_.enclose(pair_.near.fd.get());
  const test::Response again = heir(adoption());
  EXPECT_EQ(again.reply.slot, pair_.near.slot);
  EXPECT_TRUE(again.fds.empty());
  bench_.enclose(pair_.far.fd.get());
  EXPECT_EQ(heir(adoption()).reply.error, EACCES) << "of another arena";
}

TEST_F(StreamModeTest, StrangersAdoptNothing) {
  const test::Transport stranger = bench_.session(2000);
  bench_.enclose(pair_.near.fd.get());
  EXPECT_EQ(stranger(adoption()).reply.error, EACCES);
  const ipc::Fd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  bench_.enclose(file.get());
  EXPECT_EQ(stranger(adoption()).reply.error, ENOENT);
  const ipc::Fd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  bench_.enclose(other.get());
  EXPECT_EQ(stranger(adoption()).reply.error, ENOENT);
}

TEST_F(StreamModeTest, ResetShowsAfterMoreDataThanTheDescriptorHolds) {
  begin();
  const std::string octets = pattern(400'000);
  std::size_t sent = 0;
  for (int i = 0; i < 100 && sent < octets.size(); ++i) {
    sent += pair_.server.write(pair_.far, std::string_view(octets).substr(sent));
    bench_.settle();
  }
  ASSERT_EQ(sent, octets.size());
  write_raw(pair_.near, "unread");
  bench_.pass(std::chrono::milliseconds{500});
  pair_.far.fd.reset();
  bench_.settle();
  std::string got;
  for (int i = 0; i < 100 && got.find('!', octets.size()) == std::string::npos; ++i) {
    got += read_raw(pair_.near);
    bench_.settle();
  }
  EXPECT_TRUE(got == octets + "!" + std::to_string(ECONNRESET)) << got.size();
}

/// Sockets that carry octets from the start (kPlainStream).
class PlainStreamTest : public ::testing::Test {
 protected:
  /// What the descriptor's holder does to be unwritable.
  static void plug(const RawSocket& socket) {
    while ((poll_now(socket.fd.get()) & POLLOUT) != 0) {
      ASSERT_GT(write_raw(socket, std::string(8192, 'p')), 0U);
    }
  }
  int connect(const RawSocket& socket, std::uint16_t port) {
    plug(socket);
    return client_.call(ipc::Op::connect, socket, 0, test::loopback(port));
  }
  /// A connection that a plain socket has made. \param far  the accepted one
  RawSocket connected(RawSocket& far) {
    const RawSocket listener = listen(server_, SOCK_STREAM, 8080);
    RawSocket near = client_.open(4, ipc::kPlainStream);
    EXPECT_EQ(connect(near, 8080), EINPROGRESS);
    bench_.settle();
    far = server_.accept(listener);
    EXPECT_TRUE(far.fd.valid());
    bench_.settle();
    return near;
  }
  RawSocket listen(RawClient& client, int type, std::uint16_t port) {
    RawSocket listener = client.open(4, type);
    EXPECT_EQ(client.bind(listener, test::loopback(port)), 0);
    plug(listener);
    EXPECT_EQ(client.call(ipc::Op::listen, listener, 8), 0);
    return listener;
  }

  Bench bench_;
  RawClient client_ = bench_.client();
  RawClient server_ = bench_.client();
};

TEST_F(PlainStreamTest, CarriesOctetsOnceConnected) {
  RawSocket far;
  const RawSocket near = connected(far);
  EXPECT_NE(client_.flags(near) & flag::kStreaming, 0U);
  EXPECT_EQ(poll_now(near.fd.get()), POLLOUT);
  EXPECT_EQ(read_raw(near), "");
  const std::string octets = pattern(200'000);
  ASSERT_EQ(write_raw(near, octets), octets.size());
  server_.write(far, "answer");
  bench_.settle();
  EXPECT_TRUE(server_.read(far) == octets);
  EXPECT_EQ(read_raw(near), "answer");
  EXPECT_EQ(client_.call(ipc::Op::peer_name, near), 0);
}

TEST_F(PlainStreamTest, IsNotWritableWhileItConnects) {
  const RawSocket near = client_.open(4, ipc::kPlainStream);
  EXPECT_EQ(poll_now(near.fd.get()), POLLOUT);
  plug(near);
  // Nobody answers there.
  EXPECT_EQ(client_.call(ipc::Op::connect, near, 0, test::address4({192, 0, 2, 9}, 8080)),
            EINPROGRESS);
  bench_.settle();
  EXPECT_EQ(poll_now(near.fd.get()), 0);
}

TEST_F(PlainStreamTest, WhatIsWrittenBeforeTheConnectionComesAfterThePlug) {
  const RawSocket listener = listen(server_, SOCK_STREAM, 8080);
  const RawSocket near = client_.open(4, ipc::kPlainStream);
  ASSERT_EQ(connect(near, 8080), EINPROGRESS);
  EXPECT_EQ(write_raw(near, "early"), 5U);
  bench_.settle();
  EXPECT_EQ(write_raw(near, " late"), 5U);
  bench_.settle();
  const RawSocket far = server_.accept(listener);
  ASSERT_TRUE(far.fd.valid());
  EXPECT_EQ(server_.read(far), "early late");
}

TEST_F(PlainStreamTest, RefusalShowsAsAnErrorAndStaysKnown) {
  const RawSocket near = client_.open(4, ipc::kPlainStream);
  ASSERT_EQ(connect(near, 8081), EINPROGRESS);
  bench_.settle();
  EXPECT_EQ(poll_now(near.fd.get()), POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP);
  EXPECT_EQ(read_raw(near), "!" + std::to_string(ECONNRESET));
  EXPECT_EQ(client_.status(near).error.snapshot(), static_cast<std::uint32_t>(ECONNREFUSED));
  EXPECT_NE(client_.flags(near) & flag::kFailed, 0U);
}

TEST_F(PlainStreamTest, FewFailuresAreKept) {
  const RawSocket first = client_.open(4, ipc::kPlainStream);
  ASSERT_EQ(connect(first, 8081), EINPROGRESS);
  bench_.settle();
  for (int i = 0; i < 200; ++i) {
    const RawSocket next = client_.open(4, ipc::kPlainStream);
    ASSERT_EQ(connect(next, 8081), EINPROGRESS);
    bench_.settle();
  }
  EXPECT_NE(client_.status(first).generation.snapshot(), first.generation);
  EXPECT_LE(bench_.service().quota().used(1000, Resource::sockets), 65U);
}

TEST_F(PlainStreamTest, ListenersConnectionsCarryOctets) {
  const RawSocket listener = listen(client_, ipc::kPlainStream, 8080);
  EXPECT_EQ(poll_now(listener.fd.get()), 0);
  const RawSocket far = server_.open();
  ASSERT_EQ(server_.connect(far, test::loopback(8080)), EINPROGRESS);
  bench_.settle();
  server_.write(far, "hello");
  bench_.settle();
  EXPECT_EQ(poll_now(listener.fd.get()), POLLIN);
  const RawSocket near = client_.accept(listener);
  ASSERT_TRUE(near.fd.valid());
  EXPECT_EQ(read_raw(near), "hello");
  EXPECT_EQ(write_raw(near, "yes"), 3U);
  bench_.settle();
  EXPECT_EQ(server_.read(far), "yes");
}

TEST_F(PlainStreamTest, ConnectionResetBeforeItWasAcceptedHasItsDataAndTheError) {
  const RawSocket listener = listen(client_, ipc::kPlainStream, 8080);
  RawSocket far = server_.open();
  ASSERT_EQ(server_.connect(far, test::loopback(8080)), EINPROGRESS);
  bench_.settle();
  server_.write(far, "data");
  bench_.settle();
  const RawSocket near = client_.accept(listener);
  ASSERT_TRUE(near.fd.valid());
  write_raw(near, "unread");
  bench_.settle();
  far.fd.reset();
  bench_.settle();
  EXPECT_EQ(read_raw(near), "data!" + std::to_string(ECONNRESET));
}

TEST_F(PlainStreamTest, CloseWhileConnectingEndsTheAttempt) {
  RawSocket near = client_.open(4, ipc::kPlainStream);
  plug(near);
  ASSERT_EQ(client_.call(ipc::Op::connect, near, 0, test::address4({192, 0, 2, 9}, 8080)),
            EINPROGRESS);
  near.fd.reset();
  bench_.settle();
  EXPECT_EQ(bench_.service().quota().used(1000, Resource::sockets), 0U);
}

TEST_F(PlainStreamTest, DissolvedItBeginsAnewWithAnotherDescriptor) {
  RawSocket far;
  const RawSocket near = connected(far);
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::disconnect);
  request.slot = near.slot;
  request.generation = near.generation;
  ASSERT_EQ(client_.ask(request).error, 0);
  EXPECT_EQ(client_.flags(near) & flag::kStreaming, 0U);
}

TEST_F(PlainStreamTest, IsWritableAgainAfterSendfile) {
  RawSocket far;
  const RawSocket near = connected(far);
  const ipc::Fd file(::memfd_create("octets", MFD_CLOEXEC));
  const std::string octets = pattern(1'000'000);
  ASSERT_EQ(::write(file.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  ASSERT_EQ(::fcntl(near.fd.get(), F_SETFL, O_NONBLOCK), 0);
  std::string got;
  off_t position = 0;
  for (int i = 0; i < 1000 && got.size() < octets.size(); ++i) {
    if ((poll_now(near.fd.get()) & POLLOUT) != 0) {
      ::sendfile(near.fd.get(), file.get(), &position, octets.size());
    }
    bench_.pass(std::chrono::milliseconds{1});
    got += server_.read(far);
  }
  EXPECT_TRUE(got == octets) << got.size();
}

}  // namespace
}  // namespace zsock::host
