/// \file
/// Who may bind beside whom (conformance 2.2).

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

/// One of the two sockets of a row.
struct Side {
  const char* address = "127.0.0.1";
  bool reuse_address = false;
  bool reuse_port = false;
  bool v6_only = false;
  bool listens = false;
};

Fd socket_for(const Side& side, int type) {
  const int domain = Name(side.address, 0).domain();
  Fd fd = type == SOCK_STREAM ? tcp(domain) : udp(domain);
  if (side.reuse_address) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (side.reuse_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (side.v6_only) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

/// Binds the second where the first is bound: how did it go?
std::string beside(const Side& first, const Side& second, int type) {
  const Fd there = socket_for(first, type);
  EXPECT_EQ(bind_outcome(there, {first.address, 0}), "0");
  if (first.listens && type == SOCK_STREAM) {
    EXPECT_EQ(outcome(::listen(there, 1)), "0");
  }
  const Fd here = socket_for(second, type);
  const std::string bound = bind_outcome(here, {second.address, Name::local(there).port()});
  if (bound != "0" || !second.listens || type != SOCK_STREAM) return bound;
  return outcome(::listen(here, 1));
}

struct Row {
  const char* what;
  Side first;
  Side second;
  const char* tcp;
  const char* udp;
};

constexpr const char* kUsed = "EADDRINUSE";
constexpr const char* kGood = "0";
const Side kReuse{.reuse_address = true};
const Side kReuseListening{.reuse_address = true, .listens = true};
const Side kPort{.reuse_port = true};
const Side kPortListening{.reuse_port = true, .listens = true};

const std::vector<Row> kRows{
    {"the same address", {}, {}, kUsed, kUsed},
    {"wildcard, address", {"0.0.0.0"}, {"127.0.0.1"}, kUsed, kUsed},
    {"address, wildcard", {"127.0.0.1"}, {"0.0.0.0"}, kUsed, kUsed},
    {"wildcard, address of IPv6", {"::"}, {"::1"}, kUsed, kUsed},
    {"address, wildcard of IPv6", {"::1"}, {"::"}, kUsed, kUsed},
    {"two addresses", {"127.0.0.1"}, {"127.0.0.2"}, kGood, kGood},
    {"::1, 127.0.0.1", {"::1"}, {"127.0.0.1"}, kGood, kGood},
    {"127.0.0.1, ::1", {"127.0.0.1"}, {"::1"}, kGood, kGood},
    {"::1, 0.0.0.0", {"::1"}, {"0.0.0.0"}, kGood, kGood},
    {"0.0.0.0, ::1", {"0.0.0.0"}, {"::1"}, kGood, kGood},
    {"REUSEADDR on both", kReuse, kReuse, kGood, kGood},
    {"REUSEADDR on both, wildcard", {"0.0.0.0", true}, kReuse, kGood, kGood},
    {"REUSEADDR on the first", kReuse, {}, kUsed, kUsed},
    {"REUSEADDR on the second", {}, kReuse, kUsed, kUsed},
    {"REUSEADDR on both, first listens", kReuseListening, kReuse, kUsed, kGood},
    {"REUSEADDR on both, wildcard listens",
     {.address = "0.0.0.0", .reuse_address = true, .listens = true},
     kReuse,
     kUsed,
     kGood},
    {"REUSEPORT on both", kPort, kPort, kGood, kGood},
    {"REUSEPORT on both, both listen", kPortListening, kPortListening, kGood, kGood},
    {"REUSEPORT on the first", kPort, {}, kUsed, kUsed},
    {"REUSEPORT on the second", {}, kPort, kUsed, kUsed},
    {"REUSEPORT, then REUSEADDR", kPort, kReuse, kUsed, kUsed},
    {"REUSEADDR, then REUSEPORT", kReuse, kPort, kUsed, kUsed},
    {"::, 0.0.0.0", {"::"}, {"0.0.0.0"}, kUsed, kUsed},
    {"0.0.0.0, ::", {"0.0.0.0"}, {"::"}, kUsed, kUsed},
    {"::, 127.0.0.1", {"::"}, {"127.0.0.1"}, kUsed, kUsed},
    {"127.0.0.1, ::", {"127.0.0.1"}, {"::"}, kUsed, kUsed},
    {"::ffff:127.0.0.1, 127.0.0.1", {"::ffff:127.0.0.1"}, {"127.0.0.1"}, kUsed, kUsed},
    {"127.0.0.1, ::ffff:127.0.0.1", {"127.0.0.1"}, {"::ffff:127.0.0.1"}, kUsed, kUsed},
    {":: of IPv6 only, 0.0.0.0", {.address = "::", .v6_only = true}, {"0.0.0.0"}, kGood, kGood},
    {"0.0.0.0, :: of IPv6 only", {"0.0.0.0"}, {.address = "::", .v6_only = true}, kGood, kGood},
    {"::, :: of IPv6 only", {"::"}, {.address = "::", .v6_only = true}, kUsed, kUsed},
};

TEST(Bind, Table) {
  for (const Row& row : kRows) {
    EXPECT_EQ(beside(row.first, row.second, SOCK_STREAM), row.tcp) << "TCP: " << row.what;
    EXPECT_EQ(beside(row.first, row.second, SOCK_DGRAM), row.udp) << "UDP: " << row.what;
  }
}

TEST(Bind, TwoBoundWithReuseAddressOneListens) {
  const Fd first = socket_for(kReuse, SOCK_STREAM);
  ASSERT_EQ(bind_outcome(first, {"127.0.0.1", 0}), "0");
  const Fd second = socket_for(kReuse, SOCK_STREAM);
  ASSERT_EQ(bind_outcome(second, Name::local(first)), "0");
  EXPECT_EQ(outcome(::listen(first, 1)), "0");
  EXPECT_EQ(outcome(::listen(second, 1)), "EADDRINUSE");
}

TEST(Bind, TcpAndUdpDoNotMeet) {
  const Fd first = bound(SOCK_STREAM, "127.0.0.1");
  const Fd second = udp();
  EXPECT_EQ(bind_outcome(second, Name::local(first)), "0");
}

TEST(Bind, FlagsChangedAfterwards) {
  // Linux looks at the flags of now, not at those of the bind.
  const Fd first = bound(SOCK_STREAM, "127.0.0.1");
  set_option(first, SOL_SOCKET, SO_REUSEADDR, 1);
  const Fd second = socket_for(kReuse, SOCK_STREAM);
  EXPECT_EQ(bind_outcome(second, Name::local(first)), "0");
}

/// The address of a listener whose connection is in TIME-WAIT, all sockets closed.
Name after_time_wait(bool reuse) {
  Fd listener = socket_for({.reuse_address = reuse}, SOCK_STREAM);
  EXPECT_EQ(bind_outcome(listener, {"127.0.0.1", 0}), "0");
  EXPECT_EQ(outcome(::listen(listener, 1)), "0");
  Name name = Name::local(listener);
  Fd client = tcp();
  connect_outcome(client, name);
  Fd server = accepted(listener);
  // Who closes first waits.
  server.reset();
  EXPECT_TRUE(becomes(client, POLLIN));
  EXPECT_EQ(received(client), "0");
  client.reset();
  listener.reset();
  return name;
}

TEST(Bind, PortWithTimeWait) {
  const Name lacking = after_time_wait(false);
  EXPECT_EQ(bind_outcome(socket_for({}, SOCK_STREAM), lacking), "EADDRINUSE");
  EXPECT_EQ(bind_outcome(socket_for(kReuse, SOCK_STREAM), lacking), "EADDRINUSE");
  const Name having = after_time_wait(true);
  EXPECT_EQ(bind_outcome(socket_for({}, SOCK_STREAM), having), "EADDRINUSE");
  EXPECT_EQ(bind_outcome(socket_for(kReuse, SOCK_STREAM), having), "0");
}

TEST(Bind, PortWithAConnectionOfAnEndedListener) {
  for (const bool reuse : {false, true}) {
    Fd listener = socket_for({.reuse_address = reuse}, SOCK_STREAM);
    ASSERT_EQ(bind_outcome(listener, {"127.0.0.1", 0}), "0");
    ASSERT_EQ(outcome(::listen(listener, 1)), "0");
    const Name name = Name::local(listener);
    const Fd client = tcp();
    connect_outcome(client, name);
    const Fd server = accepted(listener);
    listener.reset();
    EXPECT_EQ(bind_outcome(socket_for({}, SOCK_STREAM), name), "EADDRINUSE");
    EXPECT_EQ(bind_outcome(socket_for(kReuse, SOCK_STREAM), name), reuse ? "0" : "EADDRINUSE");
  }
}

TEST(Bind, ReusePortSpreads) {
  const Fd first = socket_for(kPort, SOCK_DGRAM);
  ASSERT_EQ(bind_outcome(first, {"127.0.0.1", 0}), "0");
  const Name name = Name::local(first);
  const Fd second = socket_for(kPort, SOCK_DGRAM);
  ASSERT_EQ(bind_outcome(second, name), "0");
  constexpr int kSenders = 40;
  int one = 0;
  int two = 0;
  for (int i = 0; i < kSenders; ++i) {
    const Fd sender = udp();
    ASSERT_EQ(send_to_outcome(sender, "a", name), "1");
    ASSERT_EQ(send_to_outcome(sender, "b", name), "1");
    std::string text;
    ASSERT_TRUE(eventually([&] {
      const std::string from_first = received(first);
      const std::string from_second = received(second);
      if (from_first != "EAGAIN") text += "1";
      if (from_second != "EAGAIN") text += "2";
      return text.size() == 2;
    }));
    // One flow stays with one socket.
    EXPECT_TRUE(text == "11" || text == "22") << text;
    (text == "11" ? one : two) += 1;
  }
  EXPECT_GT(one, 0);
  EXPECT_GT(two, 0);
}

TEST(Bind, ReuseAddressOfUdpLastOneGets) {
  const Fd first = socket_for(kReuse, SOCK_DGRAM);
  ASSERT_EQ(bind_outcome(first, {"127.0.0.1", 0}), "0");
  const Name name = Name::local(first);
  const Fd second = socket_for(kReuse, SOCK_DGRAM);
  ASSERT_EQ(bind_outcome(second, name), "0");
  const Fd sender = udp();
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(send_to_outcome(sender, "x", name), "1");
    EXPECT_EQ(received_in_time(second), "\"x\"");
    EXPECT_EQ(received(first), "EAGAIN");
  }
}

TEST(Bind, V6OnlyComesBeforeBind) {
  const Fd fd = tcp(AF_INET6);
  ASSERT_EQ(bind_outcome(fd, {"::1", 0}), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), "EINVAL");
}

TEST(Bind, V6OnlyAndMappedAddresses) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd fd = socket_for({.address = "::", .v6_only = true}, type);
    EXPECT_EQ(bind_outcome(fd, {"::ffff:127.0.0.1", 0}), "EINVAL");
    EXPECT_EQ(connect_outcome(fd, {"::ffff:127.0.0.1", 9}), "ENETUNREACH");
  }
}

}  // namespace
}  // namespace zsock::posix
