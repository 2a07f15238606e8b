/// \file
/// Several stacks with the same addresses: ports, listeners, and whose a flow is.

#include "daemon/stack/peers.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "daemon/stack/stack.h"
#include "daemon/stack/steering.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/tcp.h"
#include "tests/support/octets.h"

namespace zsock {
namespace {

using wire::Endpoint;
using wire::IpAddress;

constexpr std::size_t kRing = 65536;
const IpAddress kOwn = IpAddress::v4(192, 0, 2, 1);
const IpAddress kOther = IpAddress::v4(192, 0, 2, 9);
const wire::MacAddr kMac{{2, 0, 0, 0, 0, 1}};

struct Board {
  PortTable ports{};
  std::map<wire::Flow, unsigned> claims{};
  std::size_t room = 8;
};

class Peer final : public Peers {
 public:
  Peer(Board& board, unsigned number) : board_(board), number_(number) {}
  [[nodiscard]] unsigned number() const override { return number_; }
  [[nodiscard]] PortTable& ports() override { return board_.ports; }
  [[nodiscard]] bool is_mine(const wire::Flow& flow) const override {
    const auto claimed = board_.claims.find(flow);
    if (claimed != board_.claims.end()) return claimed->second == number_;
    return hash_of(flow) % 2 == number_;
  }
  [[nodiscard]] bool claim(const wire::Flow& flow) override {
    if (!board_.claims.contains(flow) && board_.claims.size() == board_.room) return false;
    return board_.claims.emplace(flow, number_).first->second == number_;
  }
  void give_up(const wire::Flow& flow) override {
    const auto found = board_.claims.find(flow);
    if (found != board_.claims.end() && found->second == number_) board_.claims.erase(found);
  }

 private:
  Board& board_;
  unsigned number_;
};

/// One of two stacks.
struct Side {
  Side(Board& board, unsigned number) : peer(board, number), rng(number + 1) {
    interface = stack.add_interface({.mac = kMac, .mtu = 1500}, now);
    EXPECT_TRUE(stack.add_address(interface, {kOwn, 24}, now));
  }
  SocketId open() { return *stack.open(SocketKind::tcp, wire::Family::ipv4, 1000, ++owners); }
  tcp::Rings rings() {
    memory.emplace_back(kRing);
    memory.emplace_back(kRing);
    return {memory[memory.size() - 2], memory.back()};
  }
  Status<SockError> connect(SocketId id, std::uint16_t port = 80) {
    return stack.connect(id, {kOther, port}, rings(), now);
  }
  wire::Flow flow_of(SocketId id, std::uint16_t port = 80) {
    return {.local = *stack.local_name(id), .remote = {kOther, port}};
  }

  Peer peer;
  SeededRng rng;
  StackConfig config = [] {
    StackConfig quick;
    quick.net.dad_transmits = 0;
    return quick;
  }();
  Stack stack{config, rng, &peer};
  InterfaceId interface {};
  Instant now{std::chrono::seconds{1000}};
  Owner owners = 0;
  std::vector<std::vector<std::byte>> memory{};
};

class PeersTest : public ::testing::Test {
 protected:
  ~PeersTest() override {
    sides_[0].stack.check_invariants();
    sides_[1].stack.check_invariants();
  }
  Board board_{};
  Side sides_[2]{{board_, 0}, {board_, 1}};
};

TEST_F(PeersTest, ChosenPortsBringTheAnswersHere) {
  for (Side& side : sides_) {
    for (int i = 0; i < 100; ++i) {
      const SocketId id = side.open();
      ASSERT_EQ(side.connect(id).error(), SockError::in_progress);
      EXPECT_TRUE(side.peer.is_mine(side.flow_of(id)));
    }
  }
  EXPECT_TRUE(board_.claims.empty());
}

TEST_F(PeersTest, BoundPortsAreClaimedUntilTheConnectionIsOver) {
  Side& side = sides_[0];
  const SocketId id = side.open();
  ASSERT_TRUE(side.stack.bind(id, {kOwn, 4000}));
  ASSERT_EQ(side.connect(id).error(), SockError::in_progress);
  const wire::Flow flow = side.flow_of(id);
  EXPECT_TRUE(side.peer.is_mine(flow));
  EXPECT_FALSE(sides_[1].peer.is_mine(flow));
  ASSERT_EQ(board_.claims.size(), 1U);
  side.stack.abort(id, side.now);
  EXPECT_TRUE(board_.claims.empty());
}

TEST_F(PeersTest, OneFlowIsOnesOnly) {
  for (Side& side : sides_) {
    const SocketId id = side.open();
    ASSERT_TRUE(side.stack.set_option(id, Option::reuse_port, 1, side.now));
    ASSERT_TRUE(side.stack.bind(id, {kOwn, 4000}));
    const auto outcome = side.connect(id);
    EXPECT_EQ(outcome.error(),
              side.peer.number() == 0 ? SockError::in_progress : SockError::address_not_available);
  }
  // No room for another one.
  board_.room = board_.claims.size();
  const SocketId id = sides_[1].open();
  ASSERT_TRUE(sides_[1].stack.bind(id, {kOwn, 4001}));
  EXPECT_EQ(sides_[1].connect(id).error(), SockError::address_not_available);
}

TEST_F(PeersTest, PortsAreSharedAndSocketsAreNot) {
  const SocketId first = sides_[0].open();
  const SocketId second = sides_[1].open();
  ASSERT_EQ(first, second);  // each stack counts for itself
  ASSERT_TRUE(sides_[0].stack.bind(first, {kOwn, 4000}));
  EXPECT_EQ(sides_[1].stack.bind(second, {kOwn, 4000}).error(), SockError::address_in_use);
  ASSERT_TRUE(sides_[1].stack.bind(second, {kOwn, 4001}));
  sides_[1].stack.close(second, sides_[1].now);
  const SocketId third = sides_[1].open();
  EXPECT_EQ(sides_[1].stack.bind(third, {kOwn, 4000}).error(), SockError::address_in_use);
  sides_[0].stack.close(first, sides_[0].now);
  EXPECT_TRUE(sides_[1].stack.bind(third, {kOwn, 4000}));
}

TEST_F(PeersTest, ConnectionsHoldTheirPortsForAll) {
  const SocketId id = sides_[0].open();
  ASSERT_EQ(sides_[0].connect(id).error(), SockError::in_progress);
  const std::uint16_t port = sides_[0].stack.local_name(id)->port;
  const SocketId other = sides_[1].open();
  EXPECT_EQ(sides_[1].stack.bind(other, {kOwn, port}).error(), SockError::address_in_use);
  sides_[0].stack.abort(id, sides_[0].now);
  EXPECT_TRUE(sides_[1].stack.bind(other, {kOwn, port}));
}

/// A SYN from kOther in fragments.
std::vector<test::Octets> syn(const Endpoint& from, std::uint16_t to) {
  wire::Tcp header;
  header.source_port = from.port;
  header.destination_port = to;
  header.flags = 2;
  header.window = 1000;
  test::Octets segment(wire::Tcp::kMaxHeaderSize);
  segment.resize(header.emit_partial(segment, from.address, kOwn, 0));
  store_be16(segment, 16, wire::checksum(segment));
  std::vector<test::Octets> frames;
  for (std::size_t at = 0; at < segment.size();) {
    const std::size_t size = std::min<std::size_t>(8, segment.size() - at);
    const wire::Ipv4 ip{.more_fragments = at + size < segment.size(),
                        .fragment_offset = static_cast<std::uint16_t>(at),
                        .protocol = 6,
                        .source = from.address,
                        .destination = kOwn};
    test::Octets frame(14 + 20);
    const wire::Ethernet ethernet{
        .destination = kMac, .source = {{2, 0, 0, 0, 0, 9}}, .ether_type = 0x0800};
    ethernet.emit(frame);
    ip.emit(MutableBytes(frame).subspan(14), size);
    frame.insert(frame.end(), segment.begin() + static_cast<std::ptrdiff_t>(at),
                 segment.begin() + static_cast<std::ptrdiff_t>(at + size));
    frames.push_back(frame);
    at += size;
  }
  return frames;
}

// Fragments come to all: one refuses.
TEST_F(PeersTest, TheOwnerAnswersWhatWasInFragments) {
  for (std::uint16_t port = 5000; port < 5020; ++port) {
    const Endpoint from{kOther, port};
    for (Side& side : sides_) {
      const auto before = side.stack.counters().tcp_resets_out;
      for (const test::Octets& frame : syn(from, 80)) {
        side.stack.receive(side.interface, {.bytes = frame}, side.now);
      }
      const bool mine = side.peer.is_mine({.local = {kOwn, 80}, .remote = from});
      EXPECT_EQ(side.stack.counters().tcp_resets_out - before, mine ? 1U : 0U) << port;
    }
  }
}

TEST_F(PeersTest, ListenersAreCopiedWithWhatTheyHandDown) {
  Stack& home = sides_[0].stack;
  const SocketId listener = sides_[0].open();
  EXPECT_FALSE(home.listener_image(listener));
  ASSERT_TRUE(home.bind(listener, {kOwn, 80}));
  ASSERT_TRUE(home.set_option(listener, Option::no_delay, 1, sides_[0].now));
  ASSERT_TRUE(home.listen(listener, 3, sides_[0].now));
  const auto copy = sides_[1].stack.listen_as(*home.listener_image(listener), 77);
  ASSERT_TRUE(copy);
  const auto has = [&](Option option) { return *sides_[1].stack.get_option(*copy, option); };
  EXPECT_TRUE(sides_[1].stack.status(*copy)->listening);
  EXPECT_EQ(*sides_[1].stack.local_name(*copy), (Endpoint{kOwn, 80}));
  EXPECT_EQ(has(Option::no_delay), 1);
  ASSERT_TRUE(home.set_option(listener, Option::keep_alive, 1, sides_[0].now));
  sides_[1].stack.update_listener(*copy, *home.listener_image(listener));
  EXPECT_EQ(has(Option::keep_alive), 1);
  // It has no hold on the port: that is the original's.
  sides_[1].stack.close(*copy, sides_[1].now);
  EXPECT_EQ(sides_[1].stack.bind(sides_[1].open(), {kOwn, 80}).error(), SockError::address_in_use);
  home.close(listener, sides_[0].now);
  EXPECT_TRUE(sides_[1].stack.bind(sides_[1].open(), {kOwn, 80}));
}

}  // namespace
}  // namespace zsock
