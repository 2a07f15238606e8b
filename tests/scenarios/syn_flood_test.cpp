// Conformance F21: SYNs of nobody at 200,000 a second, and clients that mean it.

#include <gtest/gtest.h>
#include <malloc.h>

#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/protocol.h"
#include "daemon/stack/wire/tcp.h"
#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;
constexpr std::size_t kSyns = 200'000;

/// A SYN to the right host from anywhere, as the router (the left host) would bring it.
std::vector<std::byte> spoofed_syn(Rng& rng) {
  const auto source = wire::IpAddress::v4(10, static_cast<std::uint8_t>(rng.below(256)),
                                          static_cast<std::uint8_t>(rng.below(256)),
                                          static_cast<std::uint8_t>(1 + rng.below(254)));
  const auto target = wire::IpAddress::v4(192, 0, 2, 2);
  wire::Tcp syn{.source_port = static_cast<std::uint16_t>(1024 + rng.below(60000)),
                .destination_port = kPort,
                .sequence = rng.next_u32(),
                .flags = wire::tcp_flag::kSyn,
                .window = 65535};
  syn.options.max_segment_size = 1460;
  const std::size_t segment = syn.header_size();
  constexpr std::size_t kIpSize = 20;
  std::vector<std::byte> frame(wire::Ethernet::kHeaderSize + kIpSize + segment);
  const MutableBytes bytes{frame};
  wire::Ethernet{.destination = {{0x02, 0, 0x5e, 0, 0x53, 2}},
                 .source = {{0x02, 0, 0x5e, 0, 0x53, 1}},
                 .ether_type = static_cast<std::uint16_t>(wire::EtherType::ipv4)}
      .emit(bytes);
  wire::Ipv4{
      .ttl = 60, .protocol = wire::ip_protocol::kTcp, .source = source, .destination = target}
      .emit(bytes.subspan(wire::Ethernet::kHeaderSize), segment);
  syn.emit_partial(bytes.subspan(wire::Ethernet::kHeaderSize + kIpSize), source, target, 0);
  return frame;
}

// req: T-SYN, F21
TEST(SynFloodScenario, HonestClientsGetInAndMemoryStaysFlat) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host(), .check_every = 10000};
  options.link.faults.delay = 5ms;
  options.right.stack.tcp.syn_backlog = 256;
  TwoHosts hosts{options};
  ASSERT_TRUE(hosts.right().stack().add_route({wire::IpAddress::v4(0, 0, 0, 0), 0},
                                              hosts.left().address(wire::Family::ipv4)));
  const auto there = hosts.right_endpoint(wire::Family::ipv4, kPort);
  ListenerApp& listener = hosts.right().listen(there, 4000);
  SeededRng rng{1};
  const Instant start = hosts.now() + 100ms;
  for (int tick = 0; tick < 1000; ++tick) {
    hosts.at(start + 1ms * tick, [&] {
      for (std::size_t i = 0; i < kSyns / 1000; ++i) {
        const auto frame = spoofed_syn(rng);
        hosts.right().stack().receive(hosts.right().interface(), {frame, true}, hosts.now());
      }
    });
  }
  // One client before, so that the addresses are known, and a hundred during the flood.
  std::vector<TcpApp*> clients{&hosts.left().connect(there)};
  for (int i = 0; i < 100; ++i) {
    hosts.at(start + 10ms * i, [&] { clients.push_back(&hosts.left().connect(there)); });
  }
  hosts.run_for(300ms);
  const std::size_t early = mallinfo2().uordblks;
  hosts.run_for(700ms);
  const std::size_t late = mallinfo2().uordblks;
  EXPECT_LT(late, early + (32U << 20U)) << "with 70 connections and their rings";
  hosts.run_for(4s);

  const auto connected = [](const TcpApp* client) { return client->connected(); };
  EXPECT_GE(std::ranges::count_if(clients, connected), 96);
  EXPECT_GE(listener.children.size(), 96U);
  const Counters& counters = hosts.right().stack().counters();
  EXPECT_GT(counters.tcp_syn_cookies_sent, kSyns * 9 / 10);
  EXPECT_GT(counters.tcp_syn_cookies_taken, 90U);
  EXPECT_EQ(hosts.right().stack().connections(), listener.children.size());
}

// Conformance T-SYN: a stream over a connection from a cookie is like any other.
TEST(SynFloodScenario, AConnectionFromACookieCarriesItsStream) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
  options.right.stack.tcp.syn_backlog = 1;
  options.link.faults.delay = 20ms;
  TwoHosts hosts{options};
  ASSERT_TRUE(hosts.right().stack().add_route({wire::IpAddress::v4(0, 0, 0, 0), 0},
                                              hosts.left().address(wire::Family::ipv4)));
  const auto there = hosts.right_endpoint(wire::Family::ipv4, kPort);
  ListenerApp& listener = hosts.right().listen(there, 5);
  SeededRng rng{1};
  const auto frame = spoofed_syn(rng);
  hosts.right().stack().receive(hosts.right().interface(), {frame, true}, hosts.now());
  TcpApp& client = hosts.left().connect(there);
  ASSERT_TRUE(hosts.run_until([&] { return !listener.children.empty(); }, 1s));
  EXPECT_EQ(hosts.right().stack().counters().tcp_syn_cookies_taken, 1U);

  std::vector<std::byte> text(200000);
  std::ranges::generate(text, [&] { return static_cast<std::byte>(rng.next_u32()); });
  std::size_t written = 0;
  std::vector<std::byte> read;
  hosts.add_agent([&] {
    written += client.write(ByteView{text}.subspan(written));
    std::array<std::byte, 4096> piece;
    while (const std::size_t n = listener.children[0]->read(piece)) {
      read.insert(read.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    }
  });
  EXPECT_TRUE(hosts.run_until([&] { return read.size() == text.size(); }, 10s));
  EXPECT_EQ(read, text);
  const auto info = hosts.right().stack().info(listener.children[0]->id);
  EXPECT_TRUE(info->timestamps);
  EXPECT_EQ(info->send_scale, hosts.left().stack().info(client.id)->receive_scale);
}

}  // namespace
}  // namespace zsock::test
