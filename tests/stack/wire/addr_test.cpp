#include "daemon/stack/wire/addr.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

IpAddress ip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(IpAddress{});
}

TEST(MacAddr, ReadsAndWritesOctets) {
  const test::Octets bytes = octets("ff 02 00 5e 00 53 01");
  const MacAddr mac = MacAddr::load(bytes, 1);
  EXPECT_EQ(mac.to_string(), "02:00:5e:00:53:01");
  test::Octets out(8);
  mac.store(out, 2);
  EXPECT_EQ(out, octets("0000 02005e005301"));
}

TEST(MacAddr, KnowsItsKinds) {
  EXPECT_TRUE(MacAddr::broadcast().is_broadcast());
  EXPECT_TRUE(MacAddr::broadcast().is_multicast());
  EXPECT_TRUE(MacAddr::parse("33:33:00:00:00:01")->is_multicast());
  EXPECT_FALSE(MacAddr::parse("33:33:00:00:00:01")->is_broadcast());
  EXPECT_FALSE(MacAddr::parse("02:00:5e:00:53:01")->is_multicast());
  EXPECT_TRUE(MacAddr{}.is_unspecified());
  EXPECT_FALSE(MacAddr::broadcast().is_unspecified());
}

TEST(MacAddr, ParsesExactlyOneForm) {
  EXPECT_EQ(MacAddr::parse("02:00:5E:00:53:aF")->to_string(), "02:00:5e:00:53:af");
  for (const char* text :
       {"", "02:00:5e:00:53", "02:00:5e:00:53:01:", "02-00-5e-00-53-01", "2:00:5e:00:53:011",
        "02:00:5e:00:53:0g", "02:00:5e:00:53:0", "::::::"}) {
    EXPECT_FALSE(MacAddr::parse(text)) << text;
  }
}

TEST(IpAddress, ReadsAndWritesOctets) {
  const auto bytes = octets("ff c0000201 20010db8 00000000 00000000 00000001");
  EXPECT_EQ(IpAddress::load(Family::ipv4, bytes, 1), IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(IpAddress::load(Family::ipv6, bytes, 5), ip("2001:db8::1"));
  test::Octets out(21);
  IpAddress::v4(192, 0, 2, 1).store(out, 1);
  ip("2001:db8::1").store(out, 5);
  EXPECT_EQ(out, octets("00 c0000201 20010db8 00000000 00000000 00000001"));
}

TEST(IpAddressDeathTest, NeverReachesBeyondTheEnd) {
  const auto bytes = octets("c0000201 00");
  test::Octets out(5);
  EXPECT_DEATH(static_cast<void>(IpAddress::load(Family::ipv4, bytes, 2)), "");
  EXPECT_DEATH(static_cast<void>(IpAddress::load(Family::ipv6, bytes, 0)), "");
  EXPECT_DEATH(IpAddress{}.store(out, 2), "");
  EXPECT_DEATH(static_cast<void>(ip("::1").v4_host_order()), "");
}

TEST(IpAddress, ConvertsHostOrder) {
  EXPECT_EQ(IpAddress::v4(0xc0000201U), IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(IpAddress::v4(203, 0, 113, 255).v4_host_order(), 0xcb0071ffU);
}

TEST(IpAddress, TellsFamiliesApart) {
  EXPECT_NE(IpAddress::any(Family::ipv4), IpAddress::any(Family::ipv6));
  EXPECT_EQ(IpAddress::any(Family::ipv4).size(), 4U);
  EXPECT_EQ(IpAddress::any(Family::ipv6).size(), 16U);
}

TEST(IpAddress, ParsesDottedQuads) {
  EXPECT_EQ(ip("0.0.0.0"), IpAddress{});
  EXPECT_EQ(ip("255.255.255.255"), IpAddress::v4(255, 255, 255, 255));
  for (const char* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "01.2.3.4",
        "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "-1.2.3.4", "1.2.3.0x4", "1.2.3.4/8", "1000.2.3.4"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

// RFC 4291 2.2
TEST(IpAddress, ParsesEveryFormOfIpv6) {
  EXPECT_EQ(ip("ABCD:EF01:2345:6789:abcd:ef01:2345:6789").octets()[0], 0xab);
  EXPECT_EQ(ip("2001:DB8:0:0:8:800:200C:417A"), ip("2001:db8::8:800:200c:417a"));
  EXPECT_EQ(ip("0:0:0:0:0:0:0:0"), IpAddress::any(Family::ipv6));
  EXPECT_EQ(ip("::"), IpAddress::any(Family::ipv6));
  EXPECT_EQ(ip("::1"), IpAddress::loopback(Family::ipv6));
  EXPECT_EQ(ip("0:0:0:0:0:FFFF:129.144.52.38"), ip("::ffff:8190:3426"));
  EXPECT_EQ(ip("::13.1.68.3"), ip("::d01:4403"));
  EXPECT_EQ(ip("64:ff9b::192.0.2.33"), ip("64:ff9b::c000:221"));
  EXPECT_EQ(ip("1::2:3:4:5:6:7"), ip("1:0:2:3:4:5:6:7"));
}

TEST(IpAddress, RefusesWhatIsNotIpv6) {
  for (const char* text : {":",
                           ":::",
                           "1:::2",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "12345::",
                           ":1::2",
                           "1::2:",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "1:2:3:4::5:6:7:8",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::g",
                           "fe80::1%eth0",
                           "[::1]",
                           ":: ",
                           "::1/64",
                           "::-1",
                           "::1.2.3.400"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

// RFC 5952 4 and 5
TEST(IpAddress, WritesCanonicalText) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:0db8::0001", "2001:db8::1"},                // 4.1
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},         // 4.2.1
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // 4.2.3
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // 4.2.3
      {"2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
      {"0:0:0:0:0:0:0:0", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"},
      {"::ffff:c000:201", "::ffff:192.0.2.1"},  // 5
      {"::fffe:c000:201", "::fffe:c000:201"},
      {"10:200:3000:a:b0:c00:d000:0", "10:200:3000:a:b0:c00:d000:0"},
  };
  for (const auto& [given, expected] : cases) EXPECT_EQ(ip(given).to_string(), expected);
  EXPECT_EQ(IpAddress::v4(192, 0, 2, 10).to_string(), "192.0.2.10");
}

TEST(IpAddress, ReadsBackWhatItWrites) {
  const std::uint64_t seed = test::test_seed(3);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int i = 0; i < 5000; ++i) {
    std::array<std::uint8_t, 16> o{};
    // Few distinct values, so that runs of zeros are common.
    for (auto& octet : o) octet = rng.below(3) == 0 ? static_cast<std::uint8_t>(rng.below(256)) : 0;
    const IpAddress address = IpAddress::v6(o);
    EXPECT_EQ(IpAddress::parse(address.to_string()), address) << address.to_string();
    const IpAddress v4 = IpAddress::v4(rng.next_u32());
    EXPECT_EQ(IpAddress::parse(v4.to_string()), v4) << v4.to_string();
  }
}

TEST(IpAddress, KnowsItsKinds) {
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());
  EXPECT_TRUE(ip("127.255.0.1").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_EQ(IpAddress::loopback(Family::ipv4), ip("127.0.0.1"));
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_FALSE(ip("223.255.255.255").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("fe80::1").is_multicast());
  EXPECT_TRUE(ip("255.255.255.255").is_limited_broadcast());
  EXPECT_FALSE(ip("255.255.255.254").is_limited_broadcast());
  EXPECT_FALSE(ip("ffff:ffff::").is_limited_broadcast());
  EXPECT_TRUE(ip("169.254.1.1").is_link_local());
  EXPECT_FALSE(ip("169.253.1.1").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
}

TEST(IpAddress, MapsAndUnmapsIpv4) {
  EXPECT_EQ(ip("192.0.2.1").mapped(), ip("::ffff:192.0.2.1"));
  EXPECT_EQ(ip("::ffff:192.0.2.1").unmapped(), ip("192.0.2.1"));
  EXPECT_EQ(ip("2001:db8::1").mapped(), ip("2001:db8::1"));
  EXPECT_EQ(ip("2001:db8::1").unmapped(), ip("2001:db8::1"));
  EXPECT_EQ(ip("192.0.2.1").unmapped(), ip("192.0.2.1"));
  EXPECT_TRUE(ip("::ffff:0:0").is_v4_mapped());
  EXPECT_FALSE(ip("::fffe:0:0").is_v4_mapped());
  EXPECT_FALSE(ip("1::ffff:0:0").is_v4_mapped());
  EXPECT_FALSE(ip("192.0.2.1").is_v4_mapped());
}

// RFC 4291 2.7.1
TEST(IpAddress, DerivesTheSolicitedNodeGroup) {
  EXPECT_EQ(solicited_node(ip("4037::01:800:200e:8c6c")), ip("ff02::1:ff0e:8c6c"));
}

// RFC 1112 6.4, RFC 2464 7; req: ETH-2
TEST(IpAddress, DerivesTheEthernetAddressOfAGroup) {
  EXPECT_EQ(multicast_mac(ip("224.0.0.251")).to_string(), "01:00:5e:00:00:fb");
  EXPECT_EQ(multicast_mac(ip("239.255.1.2")).to_string(), "01:00:5e:7f:01:02");
  EXPECT_EQ(multicast_mac(ip("ff02::1:ff0e:8c6c")).to_string(), "33:33:ff:0e:8c:6c");
}

// RFC 4291 appendix A
TEST(IpAddress, DerivesTheLinkLocalAddress) {
  EXPECT_EQ(link_local_address(*MacAddr::parse("34:56:78:9a:bc:de")),
            ip("fe80::3656:78ff:fe9a:bcde"));
  EXPECT_EQ(link_local_address(*MacAddr::parse("02:00:5e:00:53:01")), ip("fe80::5eff:fe00:5301"));
}

TEST(Cidr, ParsesAndWrites) {
  EXPECT_EQ(Cidr::parse("192.0.2.1/24"), (Cidr{ip("192.0.2.1"), 24}));
  EXPECT_EQ(Cidr::parse("192.0.2.1"), (Cidr{ip("192.0.2.1"), 32}));
  EXPECT_EQ(Cidr::parse("2001:db8::1"), (Cidr{ip("2001:db8::1"), 128}));
  EXPECT_EQ(Cidr::parse("::/0"), (Cidr{ip("::"), 0}));
  EXPECT_EQ(Cidr::parse("2001:db8::1/64")->to_string(), "2001:db8::1/64");
  EXPECT_EQ(Cidr::parse("192.0.2.1/32")->to_string(), "192.0.2.1/32");
  for (const char* text : {"", "/24", "192.0.2.1/", "192.0.2.1/33", "::/129", "192.0.2.1/024",
                           "192.0.2.1/2 ", "192.0.2.1/+2", "192.0.2.1/24/8", "x/24", "::/1000"}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
}

TEST(Cidr, ContainsItsPrefix) {
  const Cidr net = *Cidr::parse("192.0.2.129/26");
  EXPECT_TRUE(net.contains(ip("192.0.2.128")));
  EXPECT_TRUE(net.contains(ip("192.0.2.191")));
  EXPECT_FALSE(net.contains(ip("192.0.2.192")));
  EXPECT_FALSE(net.contains(ip("192.0.2.127")));
  EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(ip("203.0.113.9")));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(ip("::")));
  EXPECT_FALSE(Cidr::parse("::/0")->contains(ip("0.0.0.0")));
  EXPECT_TRUE(Cidr::parse("2001:db8::/63")->contains(ip("2001:db8:0:1::5")));
  EXPECT_FALSE(Cidr::parse("2001:db8::/64")->contains(ip("2001:db8:0:1::5")));
  EXPECT_TRUE(Cidr::parse("::1")->contains(ip("::1")));
  EXPECT_FALSE(Cidr::parse("::1")->contains(ip("::")));
}

TEST(Cidr, NamesTheDirectedBroadcast) {
  EXPECT_EQ(Cidr::parse("192.0.2.1/24")->directed_broadcast(), ip("192.0.2.255"));
  EXPECT_EQ(Cidr::parse("192.0.2.5/30")->directed_broadcast(), ip("192.0.2.7"));
  EXPECT_EQ(Cidr::parse("10.1.2.3/8")->directed_broadcast(), ip("10.255.255.255"));
  EXPECT_FALSE(Cidr::parse("192.0.2.1/31")->directed_broadcast());
  EXPECT_FALSE(Cidr::parse("192.0.2.1/32")->directed_broadcast());
  EXPECT_FALSE(Cidr::parse("2001:db8::1/64")->directed_broadcast());
}

TEST(Endpoint, WritesAddressAndPort) {
  EXPECT_EQ((Endpoint{ip("192.0.2.1"), 80}).to_string(), "192.0.2.1:80");
  EXPECT_EQ((Endpoint{ip("2001:db8::1"), 65535}).to_string(), "[2001:db8::1]:65535");
}

TEST(Flow, IsOrderedByAllItHolds) {
  const Flow flow{{ip("192.0.2.1"), 80}, {ip("192.0.2.2"), 1024}};
  Flow other = flow;
  EXPECT_EQ(flow, other);
  other.remote.port = 1025;
  EXPECT_NE(flow, other);
  other = flow;
  other.local.scope = 1;
  EXPECT_NE(flow, other);
}

}  // namespace
}  // namespace zsock::wire
