// RFC 2131 2, RFC 2132, RFC 3396, RFC 3442.
#include "daemon/stack/dhcp/message.h"

#include <gtest/gtest.h>

#include "daemon/stack/base/rng.h"
#include "tests/stack/dhcp/server.h"

namespace zsock::dhcp {
namespace {

using test::DhcpReply;
using test::octets;
using test::seconds;

constexpr wire::MacAddr kMac{{2, 0, 0, 0, 0, 1}};

wire::IpAddress ip(const char* text) {
  return *wire::IpAddress::parse(text);
}
GatewayRoute route(const char* destination, const char* gateway) {
  return {*wire::Cidr::parse(destination), ip(gateway)};
}
DhcpReply offer() {
  return {MessageType::offer, 7, kMac, "192.0.2.10"};
}
std::vector<GatewayRoute> routes_of(DhcpReply& reply) {
  const auto parsed = Reply::parse(reply.bytes());
  EXPECT_TRUE(parsed);
  return parsed ? parsed->routes : std::vector<GatewayRoute>{};
}

// RFC 2132 3.8
// req: DH4-2
TEST(DhcpMessage, NamesAFewUsableServers) {
  const auto servers = [](const test::Octets& value) {
    return Reply::parse(offer().usual(3600).add(6, value).bytes())->name_servers;
  };
  EXPECT_EQ(servers(octets({192, 0, 2, 53, 192, 0, 2, 54})),
            (std::vector{ip("192.0.2.53"), ip("192.0.2.54")}));
  EXPECT_EQ(servers(octets({127, 0, 0, 1, 0, 0, 0, 0, 224, 0, 0, 1, 192, 0, 2, 53, 192})),
            std::vector{ip("192.0.2.53")});
  EXPECT_EQ(servers(test::Octets(64, std::byte{9})).size(), Reply::kMaxNameServers);
  EXPECT_TRUE(servers({}).empty());
}

// req: DH4-2
TEST(DhcpMessage, IsRead) {
  DhcpReply message = offer().usual(3600).add(58, seconds(1000)).add(59, seconds(2000));
  const auto reply = Reply::parse(message.bytes());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, MessageType::offer);
  EXPECT_EQ(reply->transaction, 7U);
  EXPECT_EQ(reply->client, kMac);
  EXPECT_EQ(reply->address, ip("192.0.2.10"));
  EXPECT_EQ(reply->server, ip("192.0.2.254"));
  EXPECT_EQ(reply->prefix_length, 24);
  EXPECT_EQ(reply->lease, 3600U);
  EXPECT_EQ(reply->renewal, 1000U);
  EXPECT_EQ(reply->rebinding, 2000U);
  EXPECT_EQ(reply->routes, (std::vector{route("0.0.0.0/0", "192.0.2.254")}));
}

// req: DH4-2
TEST(DhcpMessage, MustBeOne) {
  DhcpReply good = offer().usual(3600);
  for (const auto& [at, value] : std::initializer_list<std::pair<std::size_t, std::uint8_t>>{
           {0, 1}, {1, 2}, {2, 8}, {236, 0}}) {
    auto bytes = good.bytes();
    store_u8(bytes, at, value);
    EXPECT_FALSE(Reply::parse(bytes)) << at;
  }
  const ByteView whole = good.bytes();
  for (std::size_t size = 0; size < 240; ++size) EXPECT_FALSE(Reply::parse(whole.first(size)));
  EXPECT_FALSE(Reply::parse(whole.first(240)));                      // no type
  EXPECT_FALSE(Reply::parse(offer().add(51, seconds(60)).bytes()));  // no server
  EXPECT_FALSE(Reply::parse(DhcpReply(MessageType::ack, 7, kMac, "0.0.0.0").usual(60).bytes()));
  EXPECT_FALSE(Reply::parse(DhcpReply(MessageType::ack, 7, kMac, "224.0.0.5").usual(60).bytes()));
  EXPECT_FALSE(Reply::parse(DhcpReply(MessageType::ack, 7, kMac, "127.0.0.1").usual(60).bytes()));
}

// What reading costs is bounded: no datagram of 64 KiB full of options.
// req: DH4-2
TEST(DhcpMessage, IsNoLongerThanAFrame) {
  DhcpReply message = offer().usual(3600);
  message.bytes().resize(1500);
  EXPECT_TRUE(Reply::parse(message.bytes()));
  message.bytes().resize(1501);
  EXPECT_FALSE(Reply::parse(message.bytes()));
}

// Lengths that lead out of the message, wherever it is cut.
// req: DH4-2
TEST(DhcpMessage, NothingLiesOutside) {
  DhcpReply message = offer().usual(3600).add(121, octets({24, 198, 51, 100, 192, 0, 2, 1}));
  const ByteView whole = message.bytes();
  for (std::size_t size = 240; size < whole.size(); ++size) {
    static_cast<void>(Reply::parse(whole.first(size)));
  }
  auto bytes = message.bytes();
  bytes.push_back(std::byte{12});
  EXPECT_FALSE(Reply::parse(bytes));
  bytes.push_back(std::byte{1});
  EXPECT_FALSE(Reply::parse(bytes));
}

// RFC 2132 9.3.
// req: DH4-2
TEST(DhcpMessage, OptionsMayLieInFileAndName) {
  for (const unsigned where : {1U, 2U, 3U}) {
    DhcpReply message = offer().usual(3600).add(52, octets({where}));
    test::Octets renewal;
    DhcpReply::append(renewal, 58, seconds(77));
    renewal.push_back(std::byte{255});
    copy_bytes(MutableBytes(message.bytes()).subspan(108), renewal);
    test::Octets rebinding;
    DhcpReply::append(rebinding, 59, seconds(99));
    rebinding.push_back(std::byte{255});
    copy_bytes(MutableBytes(message.bytes()).subspan(44), rebinding);
    const auto reply = Reply::parse(message.bytes());
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->renewal.has_value(), (where & 1U) != 0);
    EXPECT_EQ(reply->rebinding.has_value(), (where & 2U) != 0);
  }
  DhcpReply broken = offer().usual(3600).add(52, octets({1}));
  store_u8(broken.bytes(), 108, 58);
  store_u8(broken.bytes(), 109, 200);  // beyond the field
  EXPECT_FALSE(Reply::parse(broken.bytes()));
}

// RFC 3396 7.
// req: DH4-2
TEST(DhcpMessage, PartsOfAnOptionAreOne) {
  DhcpReply message = offer().usual(3600);
  message.add(121, octets({24, 198, 51})).add(121, octets({100, 192, 0, 2, 1}));
  EXPECT_EQ(routes_of(message), (std::vector{route("198.51.100.0/24", "192.0.2.1")}));
}

// RFC 3442: instead of the routers; a broken list counts for nothing.
// req: DH4-2
TEST(DhcpMessage, ClasslessRoutesReplaceRouters) {
  DhcpReply message =
      offer().usual(3600).add(121, octets({0, 192, 0,  2,   9, 25,  198, 51,  100, 128, 192, 0,
                                           2, 1,   32, 203, 0, 113, 5,   192, 0,   2,   2}));
  EXPECT_EQ(routes_of(message),
            (std::vector{route("0.0.0.0/0", "192.0.2.9"), route("198.51.100.128/25", "192.0.2.1"),
                         route("203.0.113.5/32", "192.0.2.2")}));
  for (const auto& broken :
       {octets({33, 1, 2, 3, 4, 5, 192, 0, 2, 1}), octets({24, 198, 51}), octets({0, 192, 0, 2})}) {
    DhcpReply odd = offer().usual(3600).add(121, broken);
    EXPECT_EQ(routes_of(odd), (std::vector{route("0.0.0.0/0", "192.0.2.254")}));
  }
}

// req: DH4-2
TEST(DhcpMessage, OddMasksAreNotBelieved) {
  DhcpReply message = offer();
  message.add(54, octets({192, 0, 2, 254})).add(1, octets({255, 0, 255, 0}));
  EXPECT_FALSE(Reply::parse(message.bytes())->prefix_length);
  DhcpReply short_mask = offer();
  short_mask.add(54, octets({192, 0, 2, 254})).add(1, octets({255, 255}));
  EXPECT_FALSE(Reply::parse(short_mask.bytes())->prefix_length);
}

// req: DH4-2
TEST(DhcpMessage, RandomOctetsDoNoHarm) {
  SeededRng rng{3};
  for (int i = 0; i < 20000; ++i) {
    DhcpReply message = offer();
    for (unsigned n = rng.below(60); n > 0; --n) {
      message.bytes().push_back(static_cast<std::byte>(rng.below(rng.below(2) == 0 ? 8 : 256)));
    }
    static_cast<void>(Reply::parse(message.bytes()));
  }
}

// RFC 2131 table 5.
// req: DH4-2
TEST(DhcpMessage, IsWritten) {
  const Question question{.type = MessageType::request,
                          .transaction = 0x01020304,
                          .seconds = 9,
                          .client = kMac,
                          .requested = ip("192.0.2.10"),
                          .server = ip("192.0.2.254")};
  const auto bytes = question.emit();
  const ByteView view{bytes};
  EXPECT_EQ(view.size(), 300U);
  EXPECT_EQ(load_u8(view, 0), 1);
  EXPECT_EQ(load_be16(view, 1), 0x0106);
  EXPECT_EQ(load_be32(view, 4), 0x01020304U);
  EXPECT_EQ(load_be16(view, 8), 9);
  EXPECT_EQ(load_be16(view, 10), 0x8000);
  EXPECT_EQ(wire::MacAddr::load(view, 28), kMac);
  EXPECT_EQ(load_be32(view, 236), 0x63825363U);
  EXPECT_EQ(load_be16(view, 240), 0x3501);
  EXPECT_EQ(load_u8(view, 242), 3);
  EXPECT_EQ(load_be16(view, 243), 0x3204);
  EXPECT_EQ(load_be32(view, 245), 0xc000020aU);
  EXPECT_EQ(load_be16(view, 249), 0x3604);
  EXPECT_EQ(load_be32(view, 251), 0xc00002feU);
  Question renewing = question;
  renewing.current = ip("192.0.2.10");
  EXPECT_EQ(load_be16(ByteView(renewing.emit()), 10), 0);  // unicast will reach us
}

}  // namespace
}  // namespace zsock::dhcp
