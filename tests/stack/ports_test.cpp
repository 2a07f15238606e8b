#include "daemon/stack/ports.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <ostream>
#include <set>
#include <string>

namespace zsock {
namespace {

enum class Outcome : std::uint8_t { ok, in_use };

/// One socket of a bind-conflict case.
struct Side {
  const char* address = "0.0.0.0";
  bool reuse_address = false;
  bool reuse_port = false;
  bool listening = false;
  bool v6_only = false;
  std::uint32_t user = 1000;
};

struct ConflictCase {
  const char* name;
  Side first;
  Side second;
  Outcome tcp;
  Outcome udp;
};

void PrintTo(const ConflictCase& c, std::ostream* out) {
  *out << c.name;
}

Binding binding_of(const Side& side, std::uint32_t index, std::uint16_t port = 4000) {
  const auto address = wire::IpAddress::parse(side.address);
  EXPECT_TRUE(address.has_value()) << side.address;
  return {.socket = {.index = index, .generation = 1},
          .local = {.address = address.value_or(wire::IpAddress{}), .port = port},
          .v6_only = side.v6_only,
          .reuse_address = side.reuse_address,
          .reuse_port = side.reuse_port,
          .listening = side.listening,
          .user = side.user};
}

Binding plain(const char* address, std::uint32_t index, std::uint16_t port = 4000) {
  return binding_of({.address = address}, index, port);
}

wire::Flow flow_of(const char* local, std::uint16_t port, const char* remote,
                   std::uint16_t remote_port) {
  return {.local = {.address = wire::IpAddress::parse(local).value(), .port = port},
          .remote = {.address = wire::IpAddress::parse(remote).value(), .port = remote_port}};
}

wire::Endpoint web_server() {
  return {.address = wire::IpAddress::v4(192, 0, 2, 80), .port = 80};
}

class PortsTest : public testing::Test {
 protected:
  SeededRng rng_{1};
  Ports ports_{PortConfig{}, rng_};
};

class PortsConflict : public testing::TestWithParam<ConflictCase> {
 protected:
  static Outcome second_bind(Transport transport, const Side& first, const Side& second) {
    SeededRng rng{1};
    Ports ports{PortConfig{.increments = 16}, rng};
    EXPECT_TRUE(ports.bind(transport, binding_of(first, 1)));
    const auto status = ports.bind(transport, binding_of(second, 2));
    EXPECT_TRUE(status || status.error() == SockError::address_in_use);
    return status ? Outcome::ok : Outcome::in_use;
  }
};

// req: 2.2
TEST_P(PortsConflict, IsAsLinuxForTcp) {
  EXPECT_EQ(second_bind(Transport::tcp, GetParam().first, GetParam().second), GetParam().tcp);
}

// req: 2.2
TEST_P(PortsConflict, IsAsLinuxForUdp) {
  Side first = GetParam().first;
  first.listening = false;
  EXPECT_EQ(second_bind(Transport::udp, first, GetParam().second), GetParam().udp);
}

constexpr Outcome kOk = Outcome::ok;
constexpr Outcome kInUse = Outcome::in_use;

const ConflictCase kConflictCases[] = {
    {"SameAddress", {.address = "127.0.0.1"}, {.address = "127.0.0.1"}, kInUse, kInUse},
    {"WildcardThenSpecific", {.address = "0.0.0.0"}, {.address = "127.0.0.1"}, kInUse, kInUse},
    {"SpecificThenWildcard", {.address = "127.0.0.1"}, {.address = "0.0.0.0"}, kInUse, kInUse},
    {"V6WildcardThenSpecific", {.address = "::"}, {.address = "::1"}, kInUse, kInUse},
    {"V6SpecificThenWildcard", {.address = "::1"}, {.address = "::"}, kInUse, kInUse},
    {"V6OnlyWildcardThenV6Specific",
     {.address = "::", .v6_only = true},
     {.address = "::1"},
     kInUse,
     kInUse},
    {"DifferentAddresses", {.address = "127.0.0.1"}, {.address = "127.0.0.2"}, kOk, kOk},
    {"V6LoopbackThenV4Loopback", {.address = "::1"}, {.address = "127.0.0.1"}, kOk, kOk},
    {"V6LoopbackThenV4Wildcard", {.address = "::1"}, {.address = "0.0.0.0"}, kOk, kOk},
    {"V4WildcardThenV6Loopback", {.address = "0.0.0.0"}, {.address = "::1"}, kOk, kOk},
    {"ReuseAddressBoth",
     {.address = "127.0.0.1", .reuse_address = true},
     {.address = "127.0.0.1", .reuse_address = true},
     kOk,
     kOk},
    {"ReuseAddressSecondOnly",
     {.address = "127.0.0.1"},
     {.address = "127.0.0.1", .reuse_address = true},
     kInUse,
     kInUse},
    {"ReuseAddressFirstOnly",
     {.address = "127.0.0.1", .reuse_address = true},
     {.address = "127.0.0.1"},
     kInUse,
     kInUse},
    {"ReuseAddressBothFirstListens",
     {.address = "127.0.0.1", .reuse_address = true, .listening = true},
     {.address = "127.0.0.1", .reuse_address = true},
     kInUse,
     kOk},
    {"ReuseAddressBothFirstListensOnWildcard",
     {.address = "0.0.0.0", .reuse_address = true, .listening = true},
     {.address = "127.0.0.1", .reuse_address = true},
     kInUse,
     kOk},
    {"ReusePortBoth",
     {.address = "127.0.0.1", .reuse_port = true},
     {.address = "127.0.0.1", .reuse_port = true},
     kOk,
     kOk},
    {"ReusePortBothFirstListens",
     {.address = "0.0.0.0", .reuse_port = true, .listening = true},
     {.address = "0.0.0.0", .reuse_port = true},
     kOk,
     kOk},
    {"ReusePortFirstReuseAddressSecond",
     {.address = "127.0.0.1", .reuse_port = true},
     {.address = "127.0.0.1", .reuse_address = true},
     kInUse,
     kInUse},
    {"ReuseAddressFirstReusePortSecond",
     {.address = "127.0.0.1", .reuse_address = true},
     {.address = "127.0.0.1", .reuse_port = true},
     kInUse,
     kInUse},
    {"ReusePortOfAnotherUser",
     {.address = "127.0.0.1", .reuse_port = true, .user = 1000},
     {.address = "127.0.0.1", .reuse_port = true, .user = 1001},
     kInUse,
     kInUse},
    {"DualStackThenV4Wildcard", {.address = "::"}, {.address = "0.0.0.0"}, kInUse, kInUse},
    {"V4WildcardThenDualStack", {.address = "0.0.0.0"}, {.address = "::"}, kInUse, kInUse},
    {"DualStackThenV4Specific", {.address = "::"}, {.address = "127.0.0.1"}, kInUse, kInUse},
    {"V4SpecificThenDualStack", {.address = "127.0.0.1"}, {.address = "::"}, kInUse, kInUse},
    {"MappedThenV4", {.address = "::ffff:127.0.0.1"}, {.address = "127.0.0.1"}, kInUse, kInUse},
    {"V4ThenMapped", {.address = "127.0.0.1"}, {.address = "::ffff:127.0.0.1"}, kInUse, kInUse},
    {"MappedThenOtherV4", {.address = "::ffff:127.0.0.1"}, {.address = "127.0.0.2"}, kOk, kOk},
    {"V6OnlyThenV4Wildcard", {.address = "::", .v6_only = true}, {.address = "0.0.0.0"}, kOk, kOk},
    {"V4WildcardThenV6Only", {.address = "0.0.0.0"}, {.address = "::", .v6_only = true}, kOk, kOk},
};

INSTANTIATE_TEST_SUITE_P(Table, PortsConflict, testing::ValuesIn(kConflictCases),
                         [](const auto& tested) { return std::string{tested.param.name}; });

// req: 2.2
TEST_F(PortsTest, SecondListenOnASharedPortFails) {
  Binding first = binding_of({.address = "127.0.0.1", .reuse_address = true}, 1);
  Binding second = binding_of({.address = "127.0.0.1", .reuse_address = true}, 2);
  ASSERT_TRUE(ports_.bind(Transport::tcp, first));
  ASSERT_TRUE(ports_.bind(Transport::tcp, second));
  first.listening = second.listening = true;
  EXPECT_TRUE(ports_.update(Transport::tcp, first));
  EXPECT_FALSE(ports_.update(Transport::tcp, second));
  EXPECT_TRUE(ports_.update(Transport::tcp, first)) << "listening again is no conflict";
}

// req: 2.2
TEST_F(PortsTest, ReusePortMembersMayAllListen) {
  for (std::uint32_t index = 1; index <= 4; ++index) {
    Binding binding = binding_of({.address = "0.0.0.0", .reuse_port = true}, index);
    ASSERT_TRUE(ports_.bind(Transport::tcp, binding));
    binding.listening = true;
    EXPECT_TRUE(ports_.update(Transport::tcp, binding));
  }
}

TEST_F(PortsTest, FailedListenLeavesTheBindingAsItWas) {
  Binding first = binding_of({.address = "127.0.0.1", .reuse_address = true, .listening = true}, 1);
  Binding second = binding_of({.address = "127.0.0.1", .reuse_address = true}, 2);
  ASSERT_TRUE(ports_.bind(Transport::tcp, second));
  ASSERT_TRUE(ports_.bind(Transport::tcp, binding_of({.reuse_address = true}, 1)));
  ASSERT_TRUE(ports_.update(Transport::tcp, first));
  second.listening = true;
  ASSERT_FALSE(ports_.update(Transport::tcp, second));
  ports_.release(Transport::tcp, first.socket);
  EXPECT_TRUE(ports_.bind(Transport::tcp, binding_of({.reuse_address = true}, 3)))
      << "the second socket does not count as listening";
}

TEST_F(PortsTest, UpdatedFlagsCount) {
  Binding first = plain("127.0.0.1", 1);
  ASSERT_TRUE(ports_.bind(Transport::tcp, first));
  first.reuse_address = true;
  ASSERT_TRUE(ports_.update(Transport::tcp, first));
  EXPECT_TRUE(ports_.bind(Transport::tcp, binding_of({.reuse_address = true}, 2)));
}

TEST_F(PortsTest, UpdateOfAnUnboundSocketDoesNothing) {
  EXPECT_TRUE(ports_.update(Transport::tcp, plain("127.0.0.1", 1)));
  EXPECT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.1", 2)));
}

TEST_F(PortsTest, TransportsDoNotMeet) {
  EXPECT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.1", 1)));
  EXPECT_TRUE(ports_.bind(Transport::udp, plain("127.0.0.1", 2)));
}

TEST_F(PortsTest, ReleaseFreesThePortOfThatSocketOnly) {
  ASSERT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.1", 1)));
  ASSERT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.2", 2)));
  ports_.release(Transport::tcp, {.index = 1, .generation = 1});
  ports_.release(Transport::tcp, {.index = 1, .generation = 1});
  EXPECT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.1", 3)));
  EXPECT_FALSE(ports_.bind(Transport::tcp, plain("127.0.0.2", 4)));
}

TEST_F(PortsTest, LinkLocalAddressesOfTwoInterfacesDiffer) {
  Binding first = plain("fe80::1", 1);
  first.local.scope = 1;
  Binding second = plain("fe80::1", 2);
  second.local.scope = 2;
  ASSERT_TRUE(ports_.bind(Transport::tcp, first));
  EXPECT_TRUE(ports_.bind(Transport::tcp, second));
  second.socket.index = 3;
  EXPECT_FALSE(ports_.bind(Transport::tcp, second));
}

// req: 2.2
TEST_F(PortsTest, TimeWaitChildrenYieldOnlyToReuseAddressOnBoth) {
  for (const bool original : {false, true}) {
    for (const bool fresh : {false, true}) {
      const wire::Flow flow = flow_of("192.0.2.1", 4000, "192.0.2.80", 9);
      const Binding listener = binding_of({.address = "0.0.0.0", .reuse_address = original}, 1);
      ASSERT_TRUE(ports_.bind(Transport::tcp, listener));
      ports_.hold(flow, listener);
      ports_.release(Transport::tcp, listener.socket);
      const Binding again = binding_of({.address = "0.0.0.0", .reuse_address = fresh}, 2);
      EXPECT_EQ(ports_.bind(Transport::tcp, again).has_value(), original && fresh)
          << original << fresh;
      ports_.release(Transport::tcp, again.socket);
      ports_.drop(flow);
    }
  }
}

// req: 2.2
TEST_F(PortsTest, LiveChildOfAListenerWithoutReuseAddressKeepsThePort) {
  const wire::Flow flow = flow_of("192.0.2.1", 4000, "192.0.2.80", 9);
  ports_.hold(flow, plain("0.0.0.0", 1));
  EXPECT_FALSE(ports_.bind(Transport::tcp, binding_of({.reuse_address = true}, 2)));
  EXPECT_TRUE(ports_.bind(Transport::tcp, plain("127.0.0.1", 3))) << "another address is free";
}

TEST_F(PortsTest, PortIsFreeOnceTheLastConnectionIsDropped) {
  const wire::Flow first = flow_of("192.0.2.1", 4000, "192.0.2.80", 9);
  const wire::Flow second = flow_of("192.0.2.1", 4000, "192.0.2.80", 10);
  ports_.hold(first, plain("0.0.0.0", 1));
  ports_.hold(second, plain("0.0.0.0", 1));
  ports_.hold(second, plain("0.0.0.0", 1));
  ports_.drop(first);
  ports_.drop(first);
  EXPECT_FALSE(ports_.bind(Transport::tcp, plain("0.0.0.0", 2)));
  ports_.drop(second);
  EXPECT_TRUE(ports_.bind(Transport::tcp, plain("0.0.0.0", 2)));
}

TEST_F(PortsTest, BindAnyStaysInTheRangeAndNeverShares) {
  SeededRng rng{2};
  Ports ports{PortConfig{.first = 50000, .last = 50099, .increments = 16}, rng};
  std::set<std::uint16_t> seen;
  for (std::uint32_t index = 0; index < 100; ++index) {
    const auto port = ports.bind_any(
        Transport::udp, binding_of({.reuse_address = true, .reuse_port = true}, index, 0));
    ASSERT_TRUE(port);
    EXPECT_TRUE(*port >= 50000 && *port <= 50099);
    EXPECT_TRUE(seen.insert(*port).second) << *port;
  }
  const auto full = ports.bind_any(Transport::udp, binding_of({}, 200, 0));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error(), SockError::address_in_use);
  EXPECT_TRUE(ports.bind_any(Transport::tcp, binding_of({}, 201, 0)));
}

/// Pearson's chi-square against the uniform distribution, in standard deviations.
double deviation_from_uniform(const std::map<std::uint32_t, unsigned>& histogram, unsigned bins,
                              unsigned samples) {
  const double expected = static_cast<double>(samples) / bins;
  double chi = (bins - static_cast<double>(histogram.size())) * expected;
  for (const auto& [bin, count] : histogram) {
    chi += (count - expected) * (count - expected) / expected;
  }
  return (chi - (bins - 1)) / std::sqrt(2.0 * (bins - 1));
}

// RFC 6056 3.1; req: T-PORT
TEST_F(PortsTest, BindAnyIsUniformOverTheRange) {
  std::map<std::uint32_t, unsigned> histogram;
  constexpr unsigned kSamples = 50000;
  for (unsigned i = 0; i < kSamples; ++i) {
    const auto port = ports_.bind_any(Transport::udp, plain("0.0.0.0", i, 0));
    ASSERT_TRUE(port);
    ++histogram[(*port - 32768U) * 64U / 28232U];
    ports_.release(Transport::udp, {.index = i, .generation = 1});
  }
  EXPECT_LT(std::abs(deviation_from_uniform(histogram, 64, kSamples)), 5.0);
}

class PortsConnect : public PortsTest {
 protected:
  std::uint16_t choose(const wire::Endpoint& remote) {
    const auto port =
        ports_.choose_for_connect(local_, remote, [](std::uint16_t) { return false; });
    EXPECT_TRUE(port);
    return port ? *port : std::uint16_t{0};
  }

  wire::IpAddress local_ = wire::IpAddress::v4(192, 0, 2, 1);
};

// RFC 6056 3.3.4: ports towards one destination move on in small random steps, so that one comes
// back late.
TEST_F(PortsConnect, PortsOfOneDestinationAdvance) {
  std::set<std::uint16_t> seen;
  for (unsigned i = 0; i < 400; ++i) {
    const std::uint16_t port = choose(web_server());
    EXPECT_TRUE(port >= 32768 && port <= 60999);
    EXPECT_TRUE(seen.insert(port).second) << "came back after " << i;
  }
}

// RFC 6056 3.1: who sees one port must not know the next.
TEST_F(PortsConnect, StepBetweenPortsIsNotPredictable) {
  std::map<unsigned, unsigned> steps;
  unsigned last = choose(web_server());
  constexpr unsigned kSamples = 2000;
  for (unsigned i = 0; i < kSamples; ++i) {
    const unsigned port = choose(web_server());
    ++steps[(port + 28232U - last) % 28232U];
    last = port;
  }
  double entropy = 0;
  for (const auto& [step, count] : steps) {
    const double p = static_cast<double>(count) / kSamples;
    entropy -= p * std::log2(p);
  }
  EXPECT_GT(entropy, 5.5);
}

// RFC 6056 3.3.4; req: T-PORT. The port towards one destination says nothing about another's.
TEST_F(PortsConnect, DestinationsAreUnrelated) {
  std::map<std::uint32_t, unsigned> histogram;
  constexpr unsigned kSamples = 20000;
  for (unsigned i = 0; i < kSamples; ++i) {
    const wire::Endpoint remote{.address = wire::IpAddress::v4(0xc6336400U + i % 256),
                                .port = static_cast<std::uint16_t>(1 + i / 256)};
    ++histogram[(choose(remote) - 32768U) * 64U / 28232U];
  }
  EXPECT_LT(std::abs(deviation_from_uniform(histogram, 64, kSamples)), 5.0);
}

// req: T-PORT. Connects elsewhere (another user's, an attacker's probes) do not move the ports of a
// destination in a way that can be watched.
TEST_F(PortsConnect, ProbesElsewhereDoNotShiftADestination) {
  unsigned shifted = 0;
  for (unsigned i = 0; i < 200; ++i) {
    const wire::Endpoint watched{.address = wire::IpAddress::v4(0xcb007100U + i), .port = 443};
    const unsigned before = choose(watched);
    for (std::uint16_t port = 1; port <= 16; ++port) {
      choose({.address = wire::IpAddress::v4(198, 51, 100, 7), .port = port});
    }
    const unsigned step = (choose(watched) + 28232U - before) % 28232U;
    if (step > 64) ++shifted;
  }
  EXPECT_LE(shifted, 2U) << "table collisions, or the key was drawn anew";
}

TEST_F(PortsConnect, PassesOverBoundAndTakenPorts) {
  SeededRng rng{3};
  Ports ports{PortConfig{.first = 50000, .last = 50009, .increments = 16}, rng};
  ASSERT_TRUE(ports.bind(Transport::tcp, plain("127.0.0.1", 1, 50004)));
  ASSERT_TRUE(ports.bind(Transport::udp, plain("127.0.0.1", 2, 50005)));
  std::set<std::uint16_t> taken;
  for (unsigned i = 0; i < 9; ++i) {
    const auto port = ports.choose_for_connect(
        local_, web_server(), [&](std::uint16_t candidate) { return taken.contains(candidate); });
    ASSERT_TRUE(port);
    EXPECT_NE(*port, 50004);
    EXPECT_TRUE(taken.insert(*port).second);
  }
  const auto full = ports.choose_for_connect(
      local_, web_server(), [&](std::uint16_t candidate) { return taken.contains(candidate); });
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error(), SockError::address_not_available);
}

TEST_F(PortsConnect, ChosenPortServesSeveralDestinationsButNoBind) {
  SeededRng rng{4};
  Ports ports{PortConfig{.first = 50000, .last = 50000, .increments = 16}, rng};
  const auto free = [](std::uint16_t) { return false; };
  ASSERT_TRUE(ports.choose_for_connect(local_, web_server(), free));
  const Binding client = plain("192.0.2.1", 1, 50000);
  ports.hold(flow_of("192.0.2.1", 50000, "192.0.2.80", 80), client);
  EXPECT_TRUE(ports.choose_for_connect(local_, web_server(), free));
  EXPECT_FALSE(ports.bind(Transport::tcp, plain("192.0.2.1", 2, 50000)));
  EXPECT_FALSE(ports.bind_any(Transport::tcp, plain("192.0.2.1", 3, 0)));
}

// RFC 6056 3.3.4: keys differ from boot to boot.
TEST_F(PortsConnect, AnotherBootChoosesOtherPorts) {
  SeededRng rng{99};
  Ports other{PortConfig{}, rng};
  const auto port =
      other.choose_for_connect(local_, web_server(), [](std::uint16_t) { return false; });
  ASSERT_TRUE(port);
  EXPECT_NE(*port, choose(web_server()));
}

}  // namespace
}  // namespace zsock
