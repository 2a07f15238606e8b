/// \file
/// The facade through its public calls: sockets that talk through the loopback inside one stack, in
/// virtual time.

#include "daemon/stack/stack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "daemon/stack/base/datagram.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/udp.h"

namespace zsock {
namespace {

using namespace std::chrono_literals;
using wire::Endpoint;
using wire::Family;
using wire::IpAddress;

constexpr std::size_t kRing = 65536;

/// One socket as an application and its host would hold it.
struct App {
  SocketId id{};
  std::vector<std::byte> receive = std::vector<std::byte>(kRing);
  std::vector<std::byte> transmit = std::vector<std::byte>(kRing);
  std::uint64_t head = 0;  ///< of the receive ring
  std::uint64_t tail = 0;  ///< of the transmit ring
  bool released = false;
  int acceptable = 0;

  tcp::Rings rings() { return {receive, transmit}; }
};

class StackTest : public ::testing::Test {
 protected:
  StackTest() {
    interface_ = stack_.add_interface({.mac = {{2, 0, 0, 0, 0, 1}}, .mtu = 1500}, now_);
  }
  ~StackTest() override { stack_.check_invariants(); }

  App& open(SocketKind kind, Family family = Family::ipv4) {
    App& app = apps_.emplace_back();
    app.id = *stack_.open(kind, family, 1000, apps_.size());
    if (kind == SocketKind::udp) {
      EXPECT_TRUE(stack_.attach(app.id, app.rings()));
    }
    return app;
  }
  App& by_owner(Owner owner) { return apps_[owner - 1]; }

  /// A listener with spare rings, and the App of its next child.
  App& listen(std::uint16_t port, std::size_t backlog = 4, Family family = Family::ipv4) {
    App& listener = open(SocketKind::tcp, family);
    EXPECT_TRUE(stack_.bind(listener.id, {IpAddress::any(family), port}));
    EXPECT_TRUE(stack_.listen(listener.id, backlog, now_));
    offer(listener);
    run();
    return listener;
  }
  void offer(App& listener) {
    App& child = apps_.emplace_back();
    EXPECT_TRUE(stack_.offer(listener.id, child.rings(), apps_.size()));
  }
  App* accept(App& listener) {
    const auto accepted = stack_.accept(listener.id);
    if (!accepted) return nullptr;
    App& child = by_owner(accepted->owner);
    child.id = accepted->socket;
    return &child;
  }
  SockError connect(App& app, const Endpoint& remote) {
    const auto result = stack_.connect(app.id, remote, app.rings(), now_);
    return result ? SockError::none : result.error();
  }
  SocketStatus status(const App& app) { return *stack_.status(app.id); }

  /// Lets everything happen that happens at this instant.
  void run() {
    for (int i = 0; i < 1000; ++i) {
      TxFrame frame;
      bool busy = false;
      while (stack_.poll_transmit(interface_, frame, now_)) {
        busy = true;
        ++frames_out_;
      }
      while (const auto event = stack_.poll_event()) {
        busy = true;
        if (event->owner == 0) continue;
        App& app = by_owner(event->owner);
        if (event->released) app.released = true;
        if (event->acceptable) ++app.acceptable;
        EXPECT_FALSE(event->violation);
      }
      const auto due = stack_.next_deadline();
      if (due && *due <= now_) {
        stack_.on_deadline(now_);
        busy = true;
      }
      if (!busy) break;
    }
    stack_.check_invariants();
  }
  void advance(Duration by) {
    const Instant end = now_ + by;
    for (;;) {
      const auto due = stack_.next_deadline();
      if (!due || *due > end) break;
      now_ = std::max(now_, *due);
      stack_.on_deadline(now_);
      run();
    }
    now_ = end;
    run();
  }

  void write(App& app, const std::string& text) {
    for (const char c : text) app.transmit[app.tail++ % kRing] = static_cast<std::byte>(c);
    EXPECT_TRUE(stack_.written(app.id, app.tail, now_));
    run();
  }
  std::string read(App& app) {
    std::string text;
    for (const std::uint64_t end = status(app).receive_tail; app.head < end; ++app.head) {
      text += static_cast<char>(app.receive[app.head % kRing]);
    }
    EXPECT_TRUE(stack_.consumed(app.id, app.head, now_));
    run();
    return text;
  }
  void send_datagram(App& app, const Endpoint& to, const std::string& text) {
    DatagramHeader header{.payload_size = static_cast<std::uint32_t>(text.size())};
    header.family = to.port == 0 ? 0 : static_cast<std::uint8_t>(to.address.family());
    header.remote_port = to.port;
    std::copy(to.address.octets().begin(), to.address.octets().end(), header.remote.begin());
    std::memcpy(app.transmit.data() + app.tail % kRing, &header, sizeof header);
    std::memcpy(app.transmit.data() + app.tail % kRing + sizeof header, text.data(), text.size());
    app.tail += datagram_footprint(text.size());
    EXPECT_TRUE(stack_.written(app.id, app.tail, now_));
    run();
  }
  std::string receive_datagram(App& app) {
    if (status(app).receive_tail == app.head) return "(none)";
    DatagramHeader header;
    std::memcpy(&header, app.receive.data() + app.head % kRing, sizeof header);
    const char* payload =
        reinterpret_cast<const char*>(app.receive.data()) + app.head % kRing + sizeof header;
    const std::string text(payload, header.payload_size);
    app.head += datagram_footprint(header.payload_size);
    EXPECT_TRUE(stack_.consumed(app.id, app.head, now_));
    return text;
  }

  static Endpoint at(const char* address, std::uint16_t port) {
    return {*IpAddress::parse(address), port};
  }

  Instant now_{1h};
  SeededRng rng_{42};
  Stack stack_{StackConfig{}, rng_};
  InterfaceId interface_{};
  std::deque<App> apps_;
  int frames_out_ = 0;
};

using StackTcp = StackTest;
using StackUdp = StackTest;
using StackBind = StackTest;

TEST_F(StackTcp, ConnectsExchangesAndCloses) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  EXPECT_EQ(connect(client, at("127.0.0.1", 80)), SockError::in_progress);
  EXPECT_TRUE(status(client).connecting);
  run();
  EXPECT_TRUE(status(client).connected);
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  write(client, "question");
  EXPECT_EQ(read(*server), "question");
  write(*server, "answer");
  EXPECT_EQ(read(client), "answer");
  EXPECT_TRUE(stack_.shutdown(client.id, Stack::Shutdown::transmit, now_));
  run();
  EXPECT_TRUE(status(*server).receive_closed);
  EXPECT_FALSE(status(*server).transmit_closed);
  stack_.close(server->id, now_);
  run();
  EXPECT_TRUE(server->released);
  EXPECT_TRUE(status(client).receive_closed);
  stack_.close(client.id, now_);
  run();
  EXPECT_TRUE(client.released) << "TIME-WAIT needs neither socket nor rings";
}

// Who makes thousands of connections a second would be woken as often by what they have left.
TEST_F(StackTcp, ConnectionsThatAreGoneLeaveNoDeadline) {
  advance(1h);  // what the interface began with is over
  const auto idle = stack_.next_deadline();
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  write(client, "question");
  write(*server, "answer");
  EXPECT_NE(stack_.next_deadline(), idle);
  stack_.abort(client.id, now_);
  run();
  stack_.close(server->id, now_);
  stack_.close(listener.id, now_);
  run();
  ASSERT_TRUE(client.released && server->released && listener.released);
  EXPECT_EQ(stack_.next_deadline(), idle);
}

// req: ETH-7
TEST_F(StackTcp, LoopbackTrafficNeverReachesADevice) {
  advance(5s);  // duplicate address detection of the link-local address is over
  frames_out_ = 0;
  App& listener = listen(80, 4, Family::ipv6);
  App& client = open(SocketKind::tcp, Family::ipv6);
  connect(client, at("::1", 80));
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  write(client, std::string(50000, 'x'));
  EXPECT_EQ(read(*server).size(), 50000U);
  EXPECT_EQ(frames_out_, 0);
}

TEST_F(StackTcp, NamesBothEnds) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  EXPECT_FALSE(stack_.peer_name(client.id));
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(stack_.peer_name(client.id)->to_string(), "127.0.0.1:80");
  EXPECT_EQ(*stack_.local_name(client.id), *stack_.peer_name(server->id));
  EXPECT_GE(stack_.local_name(client.id)->port, 32768);
}

// Conformance 2.1: a dual-stack listener shows IPv4 peers as mapped addresses.
TEST_F(StackTcp, DualStackListenerShowsMappedNames) {
  App& listener = listen(80, 4, Family::ipv6);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(stack_.peer_name(server->id)->address.to_string(), "::ffff:127.0.0.1");
  EXPECT_EQ(stack_.local_name(server->id)->address.to_string(), "::ffff:127.0.0.1");
}

TEST_F(StackTcp, V6OnlyListenerRefusesIpv4) {
  App& listener = open(SocketKind::tcp, Family::ipv6);
  ASSERT_TRUE(stack_.set_option(listener.id, Option::v6_only, 1, now_));
  ASSERT_TRUE(stack_.bind(listener.id, {IpAddress::any(Family::ipv6), 80}));
  ASSERT_TRUE(stack_.listen(listener.id, 4, now_));
  offer(listener);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  EXPECT_EQ(status(client).error, SockError::connection_refused);
}

// RFC 9293 3.10.7.1
TEST_F(StackTcp, RefusedWhereNobodyListens) {
  App& client = open(SocketKind::tcp);
  EXPECT_EQ(connect(client, at("127.0.0.1", 81)), SockError::in_progress);
  run();
  EXPECT_TRUE(status(client).failed);
  EXPECT_EQ(stack_.take_error(client.id), SockError::connection_refused);
  EXPECT_EQ(stack_.take_error(client.id), SockError::none);
}

// Conformance 2.3: after a refusal the same socket may try again.
TEST_F(StackTcp, ConnectsAgainAfterARefusal) {
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  ASSERT_TRUE(status(client).failed);
  listen(80);
  EXPECT_EQ(connect(client, at("127.0.0.1", 80)), SockError::in_progress);
  run();
  EXPECT_TRUE(status(client).connected);
  EXPECT_FALSE(status(client).failed);
}

// Conformance 2.3
TEST_F(StackTcp, SecondConnectIsAlreadyOrConnected) {
  App& client = open(SocketKind::tcp);
  ASSERT_TRUE(stack_.add_address(interface_, *wire::Cidr::parse("192.0.2.1/24"), now_));
  EXPECT_EQ(connect(client, at("192.0.2.9", 80)), SockError::in_progress);
  EXPECT_EQ(connect(client, at("192.0.2.9", 80)), SockError::already);
  listen(80);
  App& other = open(SocketKind::tcp);
  connect(other, at("127.0.0.1", 80));
  run();
  EXPECT_EQ(connect(other, at("127.0.0.1", 80)), SockError::is_connected);
}

// Conformance 2.3, ARP-3: three requests, then host unreachable at about three seconds.
TEST_F(StackTcp, UnansweredArpFailsTheConnect) {
  ASSERT_TRUE(stack_.add_address(interface_, *wire::Cidr::parse("192.0.2.1/24"), now_));
  App& client = open(SocketKind::tcp);
  connect(client, at("192.0.2.9", 80));
  advance(2900ms);
  EXPECT_TRUE(status(client).connecting);
  advance(400ms);
  EXPECT_EQ(status(client).error, SockError::host_unreachable);
}

// RFC 9293 3.9.1.1, MUST-46.
TEST_F(StackTcp, RefusesToConnectToGroupsAndWithoutARoute) {
  App& client = open(SocketKind::tcp);
  EXPECT_EQ(connect(client, at("224.0.0.1", 80)), SockError::network_unreachable);
  EXPECT_EQ(connect(client, at("255.255.255.255", 80)), SockError::network_unreachable);
  EXPECT_EQ(connect(client, at("198.51.100.1", 80)), SockError::network_unreachable);
  EXPECT_EQ(connect(client, at("::1", 80)), SockError::family_not_supported);
}

// Conformance 2.3: the wildcard destination is the stack itself.
TEST_F(StackTcp, WildcardDestinationIsLoopback) {
  listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("0.0.0.0", 80));
  run();
  EXPECT_TRUE(status(client).connected);
  EXPECT_EQ(stack_.peer_name(client.id)->to_string(), "127.0.0.1:80");
}

// Conformance 2.3, RFC 9293 3.5: two SYNs cross, in one socket.
TEST_F(StackTcp, ConnectsToItself) {
  App& app = open(SocketKind::tcp);
  ASSERT_TRUE(stack_.bind(app.id, at("127.0.0.1", 5000)));
  EXPECT_EQ(connect(app, at("127.0.0.1", 5000)), SockError::in_progress);
  run();
  EXPECT_TRUE(status(app).connected);
  write(app, "echo");
  EXPECT_EQ(read(app), "echo");
}

// Conformance 2.1: backlog 1 lets two wait; the third gets in once one is accepted.
TEST_F(StackTcp, BacklogHoldsOneMoreThanItSays) {
  App& listener = listen(80, 1);
  std::vector<App*> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(&open(SocketKind::tcp));
    connect(*clients.back(), at("127.0.0.1", 80));
    run();
    if (i < 2) offer(listener);
  }
  App* first = accept(listener);
  App* second = accept(listener);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(accept(listener), nullptr) << "the third has not completed its handshake";
  write(*clients[2], "x");
  advance(10s);
  App* third = accept(listener);
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(read(*third), "x");
}

// The host's own queue counts as well: what the application has not taken fills the backlog.
TEST_F(StackTcp, UnacceptedChildrenCountAgainstTheBacklog) {
  App& listener = listen(80, 0);
  stack_.set_unaccepted(listener.id, 1);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  advance(100ms);
  EXPECT_EQ(accept(listener), nullptr);
  stack_.set_unaccepted(listener.id, 0);
  advance(10s);
  EXPECT_NE(accept(listener), nullptr);
}

// Without rings there is nowhere to put data: no handshake completes.
TEST_F(StackTcp, NoHandshakeCompletesWithoutSpareRings) {
  App& listener = open(SocketKind::tcp);
  ASSERT_TRUE(stack_.bind(listener.id, at("0.0.0.0", 80)));
  ASSERT_TRUE(stack_.listen(listener.id, 4, now_));
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  advance(100ms);
  EXPECT_EQ(accept(listener), nullptr);
  offer(listener);
  advance(10s);
  EXPECT_NE(accept(listener), nullptr);
}

// Conformance 2.1: children nobody has accepted are reset with their listener.
TEST_F(StackTcp, ClosingAListenerResetsItsChildren) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  offer(listener);
  const Owner spare = apps_.size();
  stack_.close(listener.id, now_);
  run();
  EXPECT_EQ(status(client).error, SockError::connection_reset);
  EXPECT_TRUE(by_owner(spare).released) << "the unused rings come back";
  EXPECT_TRUE(by_owner(spare - 2).released) << "and the child's";
}

// Conformance 2.1: a peer's reset before accept is delivered after it.
TEST_F(StackTcp, AcceptsAConnectionThatWasResetMeanwhile) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  stack_.abort(client.id, now_);
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(status(*server).error, SockError::connection_reset);
}

// Conformance F1: nothing unread: FIN after what was written. The rings stay until it is
// acknowledged.
TEST_F(StackTcp, OrphanDeliversWhatWasWritten) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  const std::string text(60000, 'y');
  for (const char c : text) client.transmit[client.tail++ % kRing] = static_cast<std::byte>(c);
  ASSERT_TRUE(stack_.written(client.id, client.tail, now_));
  stack_.close(client.id, now_);
  EXPECT_FALSE(client.released);
  std::string got;
  for (int i = 0; i < 20; ++i) {
    got += read(*server);
    advance(100ms);
  }
  EXPECT_EQ(got, text);
  EXPECT_TRUE(status(*server).receive_closed);
  EXPECT_FALSE(status(*server).failed);
}

// RFC 9293 3.6.1, SHLD-3.
TEST_F(StackTcp, ClosingWithUnreadDataResetsThePeer) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  write(client, "never read");
  stack_.close(server->id, now_);
  run();
  EXPECT_EQ(status(client).error, SockError::connection_reset);
}

// SEC-SHM-6: contradictory indices are reported, nothing else happens.
TEST_F(StackTcp, ContradictoryIndicesAreRefused) {
  App& listener = listen(80);
  App& client = open(SocketKind::tcp);
  connect(client, at("127.0.0.1", 80));
  run();
  App* server = accept(listener);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(stack_.written(client.id, kRing + 1, now_).error(), SockError::protocol_error);
  EXPECT_EQ(stack_.consumed(client.id, 1, now_).error(), SockError::protocol_error);
  EXPECT_EQ(stack_.written({client.id.index, client.id.generation + 1}, 0, now_).error(),
            SockError::bad_descriptor);
  write(client, "still alive");
  EXPECT_EQ(read(*server), "still alive");
}

// Conformance PR-10: nothing is left of what has ended.
TEST_F(StackTcp, ReturnsToNothing) {
  for (int round = 0; round < 50; ++round) {
    App& listener = listen(80);
    App& client = open(SocketKind::tcp);
    connect(client, at("127.0.0.1", 80));
    run();
    App* server = accept(listener);
    ASSERT_NE(server, nullptr);
    write(client, "x");
    read(*server);
    stack_.close(client.id, now_);
    run();
    stack_.close(server->id, now_);
    stack_.close(listener.id, now_);
    run();
  }
  advance(61s);
  EXPECT_TRUE(stack_.sockets().empty());
}

// --- Binding
// ---------------------------------------------------------------------------------------

// Conformance 2.1
TEST_F(StackBind, ChecksAddressFamilyAndState) {
  App& app = open(SocketKind::tcp);
  EXPECT_EQ(stack_.bind(app.id, at("192.0.2.77", 80)).error(), SockError::address_not_available);
  EXPECT_EQ(stack_.bind(app.id, at("::1", 80)).error(), SockError::family_not_supported);
  EXPECT_TRUE(stack_.bind(app.id, at("127.0.0.1", 80)));
  EXPECT_EQ(stack_.bind(app.id, at("127.0.0.1", 81)).error(), SockError::invalid);
  App& other = open(SocketKind::tcp);
  EXPECT_EQ(stack_.bind(other.id, at("0.0.0.0", 80)).error(), SockError::address_in_use);
  EXPECT_TRUE(stack_.bind(other.id, at("127.0.0.2", 80)));
}

TEST_F(StackBind, PortZeroMeansAFreeOne) {
  App& app = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(app.id, at("0.0.0.0", 0)));
  EXPECT_GE(stack_.local_name(app.id)->port, 32768);
}

TEST_F(StackBind, ClosedSocketFreesItsPort) {
  App& app = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(app.id, at("0.0.0.0", 53)));
  stack_.close(app.id, now_);
  run();
  EXPECT_TRUE(app.released);
  EXPECT_TRUE(stack_.bind(open(SocketKind::udp).id, at("0.0.0.0", 53)));
}

// --- UDP
// -------------------------------------------------------------------------------------------

TEST_F(StackUdp, CarriesDatagramsBothWays) {
  App& server = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(server.id, at("127.0.0.1", 53)));
  App& client = open(SocketKind::udp);
  send_datagram(client, at("127.0.0.1", 53), "query");
  EXPECT_EQ(receive_datagram(server), "query");
  const std::uint16_t port = stack_.local_name(client.id)->port;
  EXPECT_NE(port, 0) << "the first datagram has bound it";
  send_datagram(server, at("127.0.0.1", port), "reply");
  EXPECT_EQ(receive_datagram(client), "reply");
}

// A device may hand over what is one frame of several datagrams: to their receivers they are
// several.
TEST_F(StackUdp, MergedDatagramsAreSeparateAgain) {
  ASSERT_TRUE(stack_.add_address(interface_, *wire::Cidr::parse("192.0.2.1/24"), now_));
  App& server = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(server.id, at("192.0.2.1", 53)));
  const std::string text = std::string(100, 'a') + std::string(100, 'b') + std::string(1, 'c');
  const ByteView payload = std::as_bytes(std::span(text));
  const IpAddress from = *IpAddress::parse("192.0.2.2");
  const IpAddress to = *IpAddress::parse("192.0.2.1");
  std::vector<std::byte> frame(14 + 20 + 8 + payload.size());
  const MutableBytes out(frame);
  wire::Ethernet{
      .destination = {{2, 0, 0, 0, 0, 1}}, .source = {{2, 0, 0, 0, 0, 2}}, .ether_type = 0x0800}
      .emit(out);
  wire::Ipv4{.protocol = 17, .source = from, .destination = to}.emit(out.subspan(14),
                                                                     8 + payload.size());
  wire::Udp{.source_port = 9, .destination_port = 53, .payload = payload}.emit(out.subspan(34),
                                                                               from, to);
  copy_bytes(out.subspan(42), payload);
  stack_.receive(interface_, {.bytes = frame, .checksum_verified = true, .segment_size = 100},
                 now_);
  EXPECT_EQ(receive_datagram(server), text.substr(0, 100));
  EXPECT_EQ(receive_datagram(server), text.substr(100, 100));
  EXPECT_EQ(receive_datagram(server), "c");
  EXPECT_EQ(receive_datagram(server), "(none)");
  EXPECT_EQ(stack_.counters().udp_in, 3U);
}

TEST_F(StackUdp, ConnectedSocketHearsOnlyItsPeer) {
  App& server = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(server.id, at("127.0.0.1", 53)));
  App& client = open(SocketKind::udp);
  EXPECT_EQ(connect(client, at("127.0.0.1", 53)), SockError::none);
  App& stranger = open(SocketKind::udp);
  Endpoint client_name = *stack_.local_name(client.id);
  send_datagram(stranger, client_name, "not for you");
  EXPECT_EQ(receive_datagram(client), "(none)");
  send_datagram(server, client_name, "for you");
  EXPECT_EQ(receive_datagram(client), "for you");
  send_datagram(client, {}, "to the peer");
  EXPECT_EQ(receive_datagram(server), "to the peer");
}

// RFC 1122 4.1.3.3, conformance 2.6.
TEST_F(StackUdp, ConnectedSocketHearsOfAClosedPort) {
  App& client = open(SocketKind::udp);
  EXPECT_EQ(connect(client, at("127.0.0.1", 54)), SockError::none);
  send_datagram(client, {}, "anybody?");
  EXPECT_EQ(stack_.take_error(client.id), SockError::connection_refused);
}

TEST_F(StackUdp, UnconnectedSocketDoesNot) {
  App& client = open(SocketKind::udp);
  send_datagram(client, at("127.0.0.1", 54), "anybody?");
  EXPECT_EQ(stack_.take_error(client.id), SockError::none);
}

TEST_F(StackUdp, BroadcastNeedsPermission) {
  ASSERT_TRUE(stack_.add_address(interface_, *wire::Cidr::parse("192.0.2.1/24"), now_));
  App& app = open(SocketKind::udp);
  send_datagram(app, at("192.0.2.255", 9), "all");
  EXPECT_EQ(stack_.take_error(app.id), SockError::access_denied);
  ASSERT_TRUE(stack_.set_option(app.id, Option::broadcast, 1, now_));
  frames_out_ = 0;
  send_datagram(app, at("192.0.2.255", 9), "all");
  EXPECT_EQ(stack_.take_error(app.id), SockError::none);
  EXPECT_EQ(frames_out_, 1);
}

// SEC-SHM-6: a header that contradicts the ring ends the client, not the stack.
TEST_F(StackUdp, HostileHeaderIsAViolation) {
  App& app = open(SocketKind::udp);
  DatagramHeader header{.payload_size = 0xffffffff};
  std::memcpy(app.transmit.data(), &header, sizeof header);
  ASSERT_TRUE(stack_.written(app.id, 64, now_));
  TxFrame frame;
  stack_.poll_transmit(interface_, frame, now_);
  stack_.poll_transmit(kLoopbackInterface, frame, now_);
  bool violation = false;
  while (const auto event = stack_.poll_event()) violation |= event->violation;
  EXPECT_TRUE(violation);
}

// What was written before close is still sent.
TEST_F(StackUdp, CloseSendsWhatWasWritten) {
  App& server = open(SocketKind::udp);
  ASSERT_TRUE(stack_.bind(server.id, at("127.0.0.1", 53)));
  App& client = open(SocketKind::udp);
  DatagramHeader header{.payload_size = 2, .remote_port = 53, .family = 4};
  header.remote = {127, 0, 0, 1};
  std::memcpy(client.transmit.data(), &header, sizeof header);
  std::memcpy(client.transmit.data() + sizeof header, "hi", 2);
  ASSERT_TRUE(stack_.written(client.id, datagram_footprint(2), now_));
  stack_.close(client.id, now_);
  run();
  EXPECT_TRUE(client.released);
  EXPECT_EQ(receive_datagram(server), "hi");
}

}  // namespace
}  // namespace zsock
