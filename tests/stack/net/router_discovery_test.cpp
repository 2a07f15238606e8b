// What routers tell and what becomes of it: RFC 4861 6.3, RFC 4862 5.5, RFC 4191, RFC 7217, RFC
// 7559.
#include <algorithm>

#include "daemon/stack/net/autoconfiguration.h"
#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

namespace proto = wire::ip_protocol;
using wire::RouterAdvertisement;
using wire::RouterPreference;

class Routers : public testing::Test {
 protected:
  static Config config() {
    Config config = IpBench::instant_addresses();
    config.address_secret = {1, 2};
    return config;
  }
  explicit Routers(const Config& settings = config()) : bench_(settings) {
    eth_ = bench_.net->add_interface(
        {.mac = mac("02:00:00:00:00:11"), .mtu = 1500, .autoconfiguration = true}, bench_.now);
  }

  void advertise(const RouterAdvertisement& said, const char* router = "fe80::9") {
    const wire::IpAddress source = ip(router);
    const wire::IpAddress all = ip("ff02::1");
    const Bytes message = said.build(source, all);
    const Bytes packet = IpBench::packet(
        wire::Ipv6{
            .next_header = proto::kIcmpV6, .hop_limit = 255, .source = source, .destination = all},
        message);
    const Bytes frame = bench_.ethernet(wire::EtherType::ipv6, packet, wire::multicast_mac(all));
    static_cast<void>(bench_.net->receive(eth_, {.bytes = frame}, bench_.now));
    bench_.net->check_invariants();
  }
  static RouterAdvertisement with_prefix(std::uint32_t valid, std::uint32_t preferred,
                                         const char* prefix = "2001:db8:1::/64") {
    RouterAdvertisement said{.lifetime = 1800};
    said.prefixes.push_back({.prefix = cidr(prefix),
                             .on_link = true,
                             .autonomous = true,
                             .valid_lifetime = valid,
                             .preferred_lifetime = preferred});
    return said;
  }
  /// Addresses of the interface that are not link-local.
  std::vector<Ip::AddressInfo> configured() {
    auto rows = bench_.net->addresses();
    std::erase_if(rows, [this](const Ip::AddressInfo& row) {
      return row.interface != eth_ || row.address.address.is_link_local();
    });
    return rows;
  }
  std::optional<wire::IpAddress> next_hop(const char* destination) {
    const auto path =
        bench_.net->route(ip(destination), wire::IpAddress::any(wire::Family::ipv6), 0);
    if (!path) return std::nullopt;
    return path->next_hop;
  }
  /// When solicitations went out, in microseconds since the start.
  std::vector<std::int64_t> solicitations(Duration duration) {
    std::vector<std::int64_t> times;
    const Instant start = bench_.now;
    const Instant end = bench_.now + duration;
    while (bench_.now < end) {
      const auto due = bench_.net->next_deadline();
      bench_.advance(due && *due < end ? std::max(*due - bench_.now, Duration{1})
                                       : end - bench_.now);
      TxFrame frame;
      while (bench_.net->poll_transmit(eth_, frame, bench_.now)) {
        const Sent sent{IpBench::flatten(frame)};
        if (sent.is(wire::EtherType::ipv6) && sent.v6().next_header == proto::kIcmpV6 &&
            sent.icmp6().type == wire::icmpv6_type::kRouterSolicitation) {
          EXPECT_EQ(sent.v6().hop_limit, 255);
          EXPECT_EQ(sent.v6().destination, ip("ff02::2"));
          times.push_back((bench_.now - start).count());
        }
      }
    }
    return times;
  }

  IpBench bench_;
  InterfaceId eth_{};
};

// RFC 4861 6.3.7: three, four seconds apart; RFC 7559 2: then twice as long each time.
// req: ND-5
TEST_F(Routers, AreAskedForEverMoreSeldom) {
  const auto times = solicitations(2h);
  ASSERT_GE(times.size(), 6U);
  EXPECT_LE(times[0], 1'000'000);
  EXPECT_NEAR(static_cast<double>(times[1] - times[0]), 4e6, 10);
  EXPECT_NEAR(static_cast<double>(times[2] - times[1]), 4e6, 10);
  double expected = 8e6;
  for (std::size_t i = 3; i < times.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(times[i] - times[i - 1]), expected, expected / 9);
    expected = std::min(expected * 2, 3600e6);
  }
  EXPECT_LE(times.size(), 16U);
}

// req: ND-5
TEST_F(Routers, AreNotAskedOnceOneHasAnswered) {
  solicitations(2s);
  advertise({.lifetime = 0});  // no default router: go on
  EXPECT_FALSE(solicitations(10s).empty());
  advertise({.lifetime = 1800});
  EXPECT_TRUE(solicitations(2h).empty());
}

// req: ND-5
TEST_F(Routers, AreDefaultsForTheirLifetime) {
  EXPECT_FALSE(next_hop("2001:db8:ffff::1"));
  advertise(with_prefix(7200, 7200));
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::9"));
  bench_.advance(1799s);
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::9"));
  bench_.advance(1s);
  EXPECT_FALSE(next_hop("2001:db8:ffff::1"));
  advertise({.lifetime = 1800});
  EXPECT_TRUE(next_hop("2001:db8:ffff::1"));
  advertise({.lifetime = 0});
  EXPECT_FALSE(next_hop("2001:db8:ffff::1"));
}

// RFC 4191 3.2: the preferred router, and the more specific route, whoever came first.
// req: ND-5
TEST_F(Routers, ArePreferredAsTheySay) {
  advertise(with_prefix(7200, 7200));
  advertise({.preference = RouterPreference::low, .lifetime = 1800}, "fe80::7");
  RouterAdvertisement high{.preference = RouterPreference::high, .lifetime = 1800};
  advertise(high, "fe80::a");
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::a"));
  RouterAdvertisement specific{.lifetime = 0};
  specific.routes.push_back({.prefix = cidr("2001:db8:ffff::/48"), .lifetime = 60});
  advertise(specific, "fe80::b");
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::b"));
  EXPECT_EQ(next_hop("2001:db8:fffe::1"), ip("fe80::a"));
  specific.routes[0].lifetime = 0;
  advertise(specific, "fe80::b");
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::a"));
  high.preference = RouterPreference::low;
  advertise(high, "fe80::a");
  EXPECT_EQ(next_hop("2001:db8:ffff::1"), ip("fe80::9"));
}

// req: ND-5
TEST_F(Routers, PrefixesAreOnLinkForTheirLifetime) {
  advertise(with_prefix(7200, 7200));
  EXPECT_EQ(next_hop("2001:db8:1::77"), ip("2001:db8:1::77"));
  RouterAdvertisement gone = with_prefix(0, 0);
  gone.prefixes[0].autonomous = false;
  advertise(gone);
  EXPECT_EQ(next_hop("2001:db8:1::77"), ip("fe80::9"));
}

// req: ND-5
TEST_F(Routers, MtuStaysWithinBounds) {
  advertise(with_prefix(7200, 7200));
  const auto mtu = [this] {
    return bench_.net->route(ip("2001:db8:ffff::1"), wire::IpAddress::any(wire::Family::ipv6), 0)
        ->mtu;
  };
  for (const std::uint32_t said : {1279U, 1501U, 0U, 0xffffffffU}) {
    RouterAdvertisement advertisement{.lifetime = 1800, .mtu = said};
    advertise(advertisement);
    EXPECT_EQ(mtu(), 1500) << said;
  }
  advertise({.lifetime = 1800, .mtu = 1400});
  EXPECT_EQ(mtu(), 1400);
  EXPECT_EQ(bench_.net->interface(eth_)->mtu, 1500);  // IPv4 is not concerned
}

// CVE-2023-52340 and its like: a flood of routers, prefixes and routes.
// req: ND-5, SLA-1
TEST_F(Routers, AFloodIsBounded) {
  for (unsigned i = 0; i < 2000; ++i) {
    const std::string number = std::to_string(i % 9999);
    RouterAdvertisement said = with_prefix(7200, 7200, ("2001:db8:" + number + "::/64").c_str());
    said.routes.push_back({.prefix = cidr("2001:db8:0:" + number + "::/64"), .lifetime = 60});
    advertise(said, ("fe80::" + number).c_str());
  }
  EXPECT_EQ(configured().size(), 16U);
  EXPECT_GT(bench_.counters.drop_router_limit, 3 * 1900U);
  bench_.advance(3h);
  EXPECT_TRUE(configured().empty());
  EXPECT_FALSE(next_hop("2001:db8:ffff::1"));
}

// What the operator has set stays, whatever routers say.
TEST_F(Routers, LeaveConfiguredRoutesAlone) {
  advertise(with_prefix(7200, 7200));
  ASSERT_TRUE(bench_.net->add_route(cidr("2001:db8:7::/48"), ip("2001:db8:1::5")));
  ASSERT_TRUE(bench_.net->add_address(eth_, cidr("2001:db8:9::1/64"), bench_.now));
  RouterAdvertisement gone = with_prefix(0, 0, "2001:db8:9::/64");
  advertise(with_prefix(7200, 7200, "2001:db8:9::/64"));
  advertise(gone);
  EXPECT_EQ(next_hop("2001:db8:9::5"), ip("2001:db8:9::5"));
  EXPECT_EQ(next_hop("2001:db8:7::5"), ip("2001:db8:1::5"));
}

// An interface that does not ask does not listen.
TEST_F(Routers, AreIgnoredWithoutAutoconfiguration) {
  const InterfaceId asking = eth_;
  eth_ = bench_.eth;
  advertise(with_prefix(7200, 7200));
  EXPECT_EQ(configured().size(), 2U);  // the bench's own
  eth_ = asking;
  EXPECT_TRUE(configured().empty());
  EXPECT_FALSE(next_hop("2001:db8:ffff::1"));
}

// --- RFC 4862 5.5.3 ------------------------------------------------------------------------------

// req: SLA-1, SLA-2
TEST_F(Routers, GiveUsAnAddress) {
  advertise(with_prefix(7200, 3600));
  const auto rows = configured();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].address.address,
            stable_address(ip("2001:db8:1::"), mac("02:00:00:00:00:11"), 0, {1, 2}));
  EXPECT_TRUE(bench_.net->is_local(rows[0].address.address));
  bench_.advance(7199s);
  EXPECT_EQ(configured().size(), 1U);
  bench_.advance(1s);
  EXPECT_TRUE(configured().empty());
}

// req: SLA-1
TEST_F(Routers, OddPrefixesGiveNone) {
  advertise(with_prefix(100, 101));                       // preferred for longer than valid
  advertise(with_prefix(7200, 7200, "2001:db8:2::/63"));  // 63 + 64 is not 128
  advertise(with_prefix(7200, 7200, "2001:db8:2::/65"));  //
  advertise(with_prefix(7200, 7200, "fe80::/64"));        // link-local
  advertise(with_prefix(0, 0, "2001:db8:3::/64"));        // over already
  RouterAdvertisement managed = with_prefix(7200, 7200, "2001:db8:4::/64");
  managed.prefixes[0].autonomous = false;
  advertise(managed);
  EXPECT_TRUE(configured().empty());
}

// (e): a forged short lifetime leaves at least two hours.
// req: SLA-1
TEST_F(Routers, TwoHourRule) {
  advertise(with_prefix(86400, 86400));
  advertise(with_prefix(1, 1));
  bench_.advance(7199s);
  EXPECT_EQ(configured().size(), 1U);
  advertise(with_prefix(1, 1));  // less than two hours are left: ignored
  bench_.advance(1s);
  EXPECT_TRUE(configured().empty());
  advertise(with_prefix(600, 600));
  advertise(with_prefix(900, 900));  // longer than what remains counts
  bench_.advance(700s);
  EXPECT_EQ(configured().size(), 1U);
  bench_.advance(200s);
  EXPECT_TRUE(configured().empty());
}

// RFC 4862 5.5.4, RFC 6724 5 rule 3.
// req: SLA-1, SLA-5
TEST_F(Routers, DeprecatedAddressesStandBack) {
  advertise(with_prefix(7200, 60));
  const wire::IpAddress old = configured()[0].address.address;
  bench_.advance(10s);
  advertise(with_prefix(7200, 7200, "2001:db8:2::/64"));
  const auto source = [this](const char* destination) {
    return bench_.net->route(ip(destination), wire::IpAddress::any(wire::Family::ipv6), 0)->source;
  };
  EXPECT_EQ(source("2001:db8:1::5"), old);
  bench_.advance(60s);
  EXPECT_NE(source("2001:db8:1::5"), old);
  EXPECT_TRUE(bench_.net->is_local(old));  // old conversations go on
  advertise(with_prefix(7200, 7200));
  EXPECT_EQ(source("2001:db8:1::5"), old);
}

class RoutersWithDad : public Routers {
 protected:
  static Config config() {
    Config config = Routers::config();
    config.dad_transmits = 1;
    return config;
  }
  RoutersWithDad() : Routers(config()) {}
  /// Another host has it as well.
  void claim(const wire::IpAddress& address) {
    const wire::IpAddress all = ip("ff02::1");
    Bytes message(wire::NeighborAdvertisement::kMaxSize);
    message.resize(wire::NeighborAdvertisement{
        .override_entry = true, .target = address, .target_link_address = bench_.peer_mac}
                       .emit(message, address, all));
    const Bytes packet = IpBench::packet(wire::Ipv6{.next_header = proto::kIcmpV6,
                                                    .hop_limit = 255,
                                                    .source = ip("fe80::2"),
                                                    .destination = all},
                                         Bytes{});
    Bytes whole = IpBench::packet(
        wire::Ipv6{
            .next_header = proto::kIcmpV6, .hop_limit = 255, .source = address, .destination = all},
        message);
    const Bytes frame = bench_.ethernet(wire::EtherType::ipv6, whole, wire::multicast_mac(all));
    static_cast<void>(bench_.net->receive(eth_, {.bytes = frame}, bench_.now));
  }
};

// RFC 7217 6: a duplicate is given up for another identifier, three times.
// req: SLA-2, ND-4
TEST_F(RoutersWithDad, DuplicatesAreTriedAnew) {
  advertise(with_prefix(7200, 7200));
  std::vector<wire::IpAddress> tried;
  for (unsigned attempt = 0; attempt < 4; ++attempt) {
    ASSERT_EQ(configured().size(), 1U);
    EXPECT_TRUE(configured()[0].tentative);
    tried.push_back(configured()[0].address.address);
    EXPECT_EQ(tried.back(),
              stable_address(ip("2001:db8:1::"), mac("02:00:00:00:00:11"), attempt, {1, 2}));
    claim(tried.back());
    EXPECT_FALSE(bench_.net->is_local(tried.back()));
    bench_.advance(1us);
  }
  EXPECT_TRUE(configured()[0].duplicate);
  std::ranges::sort(tried);
  EXPECT_EQ(std::ranges::unique(tried).begin(), tried.end());
  bench_.advance(7200s);
  EXPECT_TRUE(configured().empty());
}

// --- RFC 7217 ------------------------------------------------------------------------------------

// req: SLA-2
TEST(StableAddresses, DependOnEverything) {
  const auto prefix = ip("2001:db8:1::");
  const auto interface = mac("02:00:00:00:00:01");
  const auto address = stable_address(prefix, interface, 0, {1, 2});
  EXPECT_EQ(address, stable_address(prefix, interface, 0, {1, 2}));
  EXPECT_EQ(network_of(address, 64), prefix);
  EXPECT_NE(address, stable_address(prefix, interface, 1, {1, 2}));
  EXPECT_NE(address, stable_address(prefix, interface, 0, {1, 3}));
  EXPECT_NE(address, stable_address(prefix, mac("02:00:00:00:00:02"), 0, {1, 2}));
  const auto elsewhere = stable_address(ip("2001:db8:2::"), interface, 0, {1, 2});
  EXPECT_FALSE(std::equal(address.octets().begin() + 8, address.octets().end(),
                          elsewhere.octets().begin() + 8));
}

// RFC 8106 5.1, 6.1: as long as they live; nobody has more than a few.
// req: SLA-4
TEST_F(Routers, TellOfNameServers) {
  const wire::IpAddress one = ip("2001:db8::53");
  const wire::IpAddress two = ip("2001:db8::54");
  const auto known = [&] { return bench_.net->name_servers(); };
  advertise({.lifetime = 1800,
             .name_servers = {{one, 100}, {two, 200}, {ip("fe80::53"), 300}, {ip("::1"), 300}}});
  EXPECT_EQ(known(), (std::vector{one, two}));
  bench_.advance(99s);
  advertise({.lifetime = 1800, .name_servers = {{one, 50}}});
  bench_.advance(49s);
  EXPECT_EQ(known(), (std::vector{one, two}));
  bench_.advance(1s);
  EXPECT_EQ(known(), std::vector{two});
  advertise({.lifetime = 1800, .name_servers = {{two, 0}}});
  EXPECT_TRUE(known().empty());
  for (int i = 0; i < 20; ++i) {
    const std::string text = "2001:db8::" + std::to_string(i + 1);
    advertise({.lifetime = 1800, .name_servers = {{ip(text), wire::kForever}}});
  }
  EXPECT_EQ(known().size(), 8U);
}

}  // namespace
}  // namespace zsock::net
