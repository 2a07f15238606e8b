#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <set>

#include "libzsock/resolver/question.h"
#include "tests/resolver/dns_server.h"

// The resolver over the kernel's sockets: it has no others than those it is given.

namespace zsock::test {
namespace {

using resolver::Findings;
using resolver::Manner;
using testing::ElementsAre;
using testing::IsEmpty;
using Answers = std::vector<std::string>;

int open_counted(int domain, int type, int protocol);
int close_counted(int fd);

constexpr resolver::Calls kKernel{.socket = open_counted,
                                  .close = close_counted,
                                  .connect = ::connect,
                                  .recvfrom = ::recvfrom,
                                  .writev = ::writev,
                                  .poll = ::poll};

int opened = 0;
std::set<std::uint16_t> ports;

int open_counted(int domain, int type, int protocol) {
  ++opened;
  return ::socket(domain, type, protocol);
}

int close_counted(int fd) {
  --opened;
  sockaddr_in here{};
  socklen_t size = sizeof here;
  ::getsockname(fd, static_cast<sockaddr*>(static_cast<void*>(&here)), &size);
  ports.insert(here.sin_port);
  return ::close(fd);
}

struct Outcome {
  int error = -1;
  std::vector<std::string> addresses{};
  std::string canonical{};
};

Outcome find(const std::string& servers, const char* name, int family = AF_INET,
             Manner manner = {.try_ms = 2000}) {
  Findings findings;
  manner.servers = servers.c_str();
  Outcome outcome;
  outcome.error = zsock_resolver_addresses(&kKernel, &manner, name, family, &findings);
  for (std::size_t i = 0; i < findings.count; ++i) {
    char text[INET6_ADDRSTRLEN];
    const resolver::Address& found = findings.addresses[i];
    outcome.addresses.emplace_back(
        ::inet_ntop(found.family, found.octets.data(), text, sizeof text));
  }
  outcome.canonical = findings.canonical.data();
  EXPECT_EQ(opened, 0) << "sockets left open";
  return outcome;
}

Answers one_address(const DnsQuery& query) {
  if (query.type == kTypeA) return {DnsAnswer(query).a(query.name, "192.0.2.7").str()};
  return {DnsAnswer(query).aaaa(query.name, "2001:db8::7").str()};
}

/// A server that answers every question with this rcode.
DnsServer::Answerer failing(std::uint16_t rcode) {
  return [rcode](const DnsQuery& query) -> Answers { return {DnsAnswer(query, rcode).str()}; };
}

// req: DNS-1
TEST(Resolver, FindsBothFamilies) {
  DnsServer server(one_address);
  EXPECT_THAT(find(server.name(), "www.example.org").addresses, ElementsAre("192.0.2.7"));
  EXPECT_THAT(find(server.name(), "www.example.org", AF_INET6).addresses,
              ElementsAre("2001:db8::7"));
  EXPECT_THAT(find(server.name(), "www.example.org", AF_UNSPEC).addresses,
              testing::UnorderedElementsAre("192.0.2.7", "2001:db8::7"));
}

// req: DNS-2
TEST(Resolver, AsksFromAnotherPortWithAnotherIdEachTime) {
  DnsServer server(one_address);
  ports.clear();
  for (int i = 0; i < 8; ++i) find(server.name(), "www.example.org");
  std::set<std::uint16_t> ids;
  for (const DnsQuery& query : server.asked()) ids.insert(query.id);
  EXPECT_GE(ids.size(), 7U);
  EXPECT_GE(ports.size(), 7U);
}

TEST(Resolver, FollowsAliases) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    return {DnsAnswer(query)
                .cname("www.example.org", "web.example.net")
                .cname("web.example.net", "host.example.com")
                .a("host.example.com", "192.0.2.9")
                .str()};
  });
  const Outcome outcome = find(server.name(), "www.example.org");
  EXPECT_EQ(outcome.error, 0);
  EXPECT_THAT(outcome.addresses, ElementsAre("192.0.2.9"));
  EXPECT_EQ(outcome.canonical, "host.example.com");
}

TEST(Resolver, TellsEveryFailure) {
  const struct {
    std::uint16_t rcode;
    int error;
  } kCases[] = {{kNxDomain, EAI_NONAME}, {kServFail, EAI_AGAIN}, {kRefused, EAI_AGAIN},
                {kNotImp, EAI_AGAIN},    {kFormErr, EAI_FAIL},   {0, EAI_NODATA}};
  for (const auto& [rcode, error] : kCases) {
    DnsServer server(failing(rcode));
    EXPECT_EQ(find(server.name(), "www.example.org").error, error) << "rcode " << rcode;
  }
}

TEST(Resolver, OneFamilyIsEnough) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    return query.type == kTypeA ? one_address(query) : Answers{DnsAnswer(query).str()};
  });
  const Outcome outcome = find(server.name(), "www.example.org", AF_UNSPEC);
  EXPECT_EQ(outcome.error, 0);
  EXPECT_THAT(outcome.addresses, ElementsAre("192.0.2.7"));
}

// req: DNS-3
TEST(Resolver, AsksTheNextServerWhenOneFails) {
  DnsServer bad(failing(kServFail));
  DnsServer good(one_address);
  EXPECT_EQ(find(bad.name() + "," + good.name(), "www.example.org").error, 0);
  EXPECT_FALSE(bad.asked().empty());
}

// req: DNS-3
TEST(Resolver, TruncatedAnswersComeOverTcp) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    if (!query.over_tcp) return {DnsAnswer(query, kTruncated).str()};
    DnsAnswer answer(query);
    for (int i = 1; i <= 50; ++i) answer.a(query.name, "192.0.2." + std::to_string(i));
    return {answer.str()};
  });
  const Outcome outcome = find(server.name(), "www.example.org");
  EXPECT_EQ(outcome.error, 0);
  EXPECT_EQ(outcome.addresses.size(), 50U);
}

TEST(Resolver, SilenceEndsAtTheLimit) {
  DnsServer server([](const DnsQuery&) { return Answers{}; });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(find(server.name(), "www.example.org", AF_INET, {.try_ms = 50, .limit_ms = 150}).error,
            EAI_AGAIN);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(server.asked().size(), 2U) << "tries";
}

TEST(Resolver, NobodyListens) {
  EXPECT_EQ(find("127.0.0.1:1", "www.example.org", AF_INET, {.try_ms = 50}).error, EAI_AGAIN);
}

TEST(Resolver, WithoutServersThereAreTheHostsFileAndNothingElse) {
  EXPECT_EQ(find("", "www.example.org").error, EAI_AGAIN);
  EXPECT_THAT(find("", "localhost").addresses, testing::Contains("127.0.0.1"));
}

TEST(Resolver, SearchesDomains) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    return query.name == "www.example.net" ? one_address(query) : failing(kNxDomain)(query);
  });
  EXPECT_EQ(find(server.name(), "www", AF_INET, {.search = "example.org,example.net"}).error, 0);
  EXPECT_EQ(find(server.name(), "ftp", AF_INET, {.search = "example.org"}).error, EAI_NONAME);
}

TEST(Resolver, KeepsSixtyFourAddresses) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    if (!query.over_tcp) return {DnsAnswer(query, kTruncated).str()};
    DnsAnswer answer(query);
    for (int i = 0; i < 200; ++i) answer.a(query.name, "192.0.2." + std::to_string(i));
    return {answer.str()};
  });
  EXPECT_EQ(find(server.name(), "www.example.org").addresses.size(), resolver::kMaxAddresses);
}

TEST(Resolver, NamesAddresses) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    if (query.name != "7.2.0.192.in-addr.arpa") return failing(kNxDomain)(query);
    return {DnsAnswer(query).ptr(query.name, "www.example.org").str()};
  });
  const std::string servers = server.name();
  const Manner manner{.servers = servers.c_str()};
  std::array<char, resolver::kMaxName> name{};
  resolver::Address address{.family = AF_INET, .octets = {192, 0, 2, 7}};
  EXPECT_EQ(zsock_resolver_name(&kKernel, &manner, &address, &name), 0);
  EXPECT_STREQ(name.data(), "www.example.org");
  address.octets[3] = 8;
  EXPECT_EQ(zsock_resolver_name(&kKernel, &manner, &address, &name), EAI_NONAME);
}

// ---- hostile answers --------------------------------------------------------------------------

/// What is found when a server sends this, then the truth.
Outcome after(const std::function<std::string(const DnsQuery&)>& lie) {
  DnsServer server([&](const DnsQuery& query) -> Answers {
    return {lie(query), DnsAnswer(query).a(query.name, "192.0.2.7").str()};
  });
  return find(server.name(), "www.example.org");
}

// req: DNS-1, DNS-2
TEST(ResolverHostile, OtherIdsAndQuestionsAreIgnored) {
  EXPECT_THAT(after([](DnsQuery query) {
                ++query.id;
                return DnsAnswer(query).a(query.name, "192.0.2.66").str();
              }).addresses,
              ElementsAre("192.0.2.7"));
  EXPECT_THAT(after([](DnsQuery query) {
                query.question = dns_name("evil.example.org") + std::string("\0\1\0\1", 4);
                return DnsAnswer(query).a("evil.example.org", "192.0.2.66").str();
              }).addresses,
              ElementsAre("192.0.2.7"));
}

TEST(ResolverHostile, NonsenseFindsNothing) {
  using Lie = std::function<std::string(const DnsQuery&)>;
  const Lie kLies[] = {
      // RFC 9267: a pointer to itself, one beyond the message, a label that ends outside.
      [](const DnsQuery& q) { return DnsAnswer(q).record("\xc0\x21", kTypeA, "abcd").str(); },
      [](const DnsQuery& q) { return DnsAnswer(q).record("\xff\xff", kTypeA, "abcd").str(); },
      [](const DnsQuery& q) { return DnsAnswer(q).record("\x3f", kTypeA, "").str(); },
      // An address of another size.
      [](const DnsQuery& q) { return DnsAnswer(q).record(dns_name(q.name), kTypeA, "a").str(); },
      // More records promised than there are.
      [](const DnsQuery& q) {
        std::string message = DnsAnswer(q).str();
        message[7] = 9;
        return message;
      },
      // The message cut at every place is tried below.
  };
  for (const Lie& lie : kLies) {
    DnsServer server([&](const DnsQuery& query) -> Answers { return {lie(query)}; });
    const Outcome outcome = find(server.name(), "www.example.org", AF_INET, {.limit_ms = 200});
    EXPECT_THAT(outcome.addresses, IsEmpty());
    EXPECT_NE(outcome.error, 0);
  }
}

TEST(ResolverHostile, CutMessagesNeverGiveAnAddress) {
  std::atomic<std::size_t> length = 0;  // the server is another thread
  DnsServer server([&](const DnsQuery& query) -> Answers {
    return {DnsAnswer(query).a(query.name, "192.0.2.7").str().substr(0, length)};
  });
  const std::size_t whole = 12 + 21 + 17 + 14;
  for (; length < whole; length += 3) {
    EXPECT_NE(find(server.name(), "www.example.org", AF_INET, {.tries = 1, .limit_ms = 20}).error,
              0)
        << length;
  }
}

TEST(ResolverHostile, RingsOfAliasesEnd) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    return {DnsAnswer(query)
                .cname("www.example.org", "web.example.org")
                .cname("web.example.org", "www.example.org")
                .str()};
  });
  EXPECT_EQ(find(server.name(), "www.example.org").error, EAI_NODATA);
}

TEST(ResolverHostile, NamesThatCannotBeAsked) {
  DnsServer server(one_address);
  EXPECT_NE(find(server.name(), std::string(300, 'x').c_str()).error, 0);
  EXPECT_NE(find(server.name(), (std::string(64, 'x') + ".example.org").c_str()).error, 0);
  EXPECT_NE(find(server.name(), "www..example.org").error, 0);
  EXPECT_THAT(server.asked(), IsEmpty());
}

TEST(ResolverHostile, AServerThatClosesTheStream) {
  DnsServer server([](const DnsQuery& query) -> Answers {
    return query.over_tcp ? Answers{} : Answers{DnsAnswer(query, kTruncated).str()};
  });
  EXPECT_NE(find(server.name(), "www.example.org", AF_INET, {.try_ms = 100, .limit_ms = 500}).error,
            0);
}

}  // namespace
}  // namespace zsock::test
