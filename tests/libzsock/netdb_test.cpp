#include <gmock/gmock.h>
#include <netdb.h>

#include <memory>
#include <vector>

#include "tests/libzsock/library_test_base.h"
#include "tests/resolver/dns_message.h"

namespace zsock::test {
namespace {

using testing::ElementsAre;
using AddressInfo = LibraryTest;
using NameInfo = LibraryTest;

addrinfo hinting(int flags, int family = AF_UNSPEC, int type = SOCK_STREAM, int protocol = 0) {
  addrinfo hints{};
  hints.ai_flags = flags;
  hints.ai_family = family;
  hints.ai_socktype = type;
  hints.ai_protocol = protocol;
  return hints;
}

struct Found {
  int error = 0;
  std::vector<std::string> names{};  ///< "192.0.2.1 80 stream"
  std::string canonical{};
};

std::string shown(const addrinfo& entry) {
  std::array<char, INET6_ADDRSTRLEN + 8> host{};
  std::array<char, 8> port{};
  EXPECT_EQ(zs_getnameinfo(entry.ai_addr, entry.ai_addrlen, host.data(), host.size(), port.data(),
                           port.size(), NI_NUMERICHOST | NI_NUMERICSERV),
            0);
  const char* const types[] = {"any", "stream", "datagram", "raw"};
  EXPECT_EQ(entry.ai_family, entry.ai_addr->sa_family);
  return std::string(host.data()) + " " + port.data() + " " + types[entry.ai_socktype];
}

Found find(const char* node, const char* service, const addrinfo& hints, int limit_ms = 5000) {
  addrinfo* list = nullptr;
  Found found;
  found.error = zs_getaddrinfo_within(node, service, &hints, limit_ms, &list);
  EXPECT_EQ(found.error == 0, list != nullptr);
  if (list != nullptr && list->ai_canonname != nullptr) found.canonical = list->ai_canonname;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    found.names.push_back(shown(*entry));
  }
  zs_freeaddrinfo(list);
  return found;
}

TEST_F(AddressInfo, AddressesNeedNobody) {
  EXPECT_THAT(find("192.0.2.1", "80", hinting(0)).names, ElementsAre("192.0.2.1 80 stream"));
  EXPECT_THAT(find("2001:db8::1", nullptr, hinting(0)).names, ElementsAre("2001:db8::1 0 stream"));
  EXPECT_THAT(find("fe80::1%7", "9", hinting(0)).names, ElementsAre("fe80::1%7 9 stream"));
  EXPECT_THAT(find("127.1", "9", hinting(0)).names, ElementsAre("127.0.0.1 9 stream"));
  EXPECT_EQ(find("192.0.2.1", "80", hinting(AI_CANONNAME)).canonical, "192.0.2.1");
  EXPECT_EQ(daemon.count(ipc::Op::hello), 0U);
}

TEST_F(AddressInfo, EveryKindOfSocketIsTold) {
  EXPECT_THAT(find("192.0.2.1", "80", hinting(0, AF_UNSPEC, 0)).names,
              ElementsAre("192.0.2.1 80 stream", "192.0.2.1 80 datagram", "192.0.2.1 80 raw"));
  EXPECT_THAT(find("192.0.2.1", "http", hinting(0, AF_UNSPEC, SOCK_STREAM)).names,
              ElementsAre("192.0.2.1 80 stream"));
  EXPECT_THAT(find("192.0.2.1", "7", hinting(0, AF_UNSPEC, 0, IPPROTO_UDP)).names,
              ElementsAre("192.0.2.1 7 datagram", "192.0.2.1 7 raw"));
}

TEST_F(AddressInfo, OwnAddresses) {
  EXPECT_THAT(find(nullptr, "80", hinting(0)).names,
              ElementsAre("::1 80 stream", "127.0.0.1 80 stream"));
  EXPECT_THAT(find(nullptr, "80", hinting(AI_PASSIVE)).names,
              ElementsAre("0.0.0.0 80 stream", ":: 80 stream"));
  EXPECT_THAT(find(nullptr, "80", hinting(AI_PASSIVE, AF_INET6)).names,
              ElementsAre(":: 80 stream"));
}

TEST_F(AddressInfo, WrongQuestions) {
  EXPECT_EQ(find(nullptr, nullptr, hinting(0)).error, EAI_NONAME);
  EXPECT_EQ(find("192.0.2.1", nullptr, hinting(0x4000)).error, EAI_BADFLAGS);
  EXPECT_EQ(find(nullptr, "80", hinting(AI_CANONNAME)).error, EAI_BADFLAGS);
  EXPECT_EQ(find("192.0.2.1", nullptr, hinting(0, AF_UNIX)).error, EAI_FAMILY);
  EXPECT_EQ(find("192.0.2.1", nullptr, hinting(0, AF_UNSPEC, SOCK_SEQPACKET)).error, EAI_SOCKTYPE);
  EXPECT_EQ(find("192.0.2.1", nullptr, hinting(0, AF_UNSPEC, SOCK_STREAM, IPPROTO_UDP)).error,
            EAI_SOCKTYPE);
  EXPECT_EQ(find("192.0.2.1", "no-such-service", hinting(0)).error, EAI_SERVICE);
  EXPECT_EQ(find("192.0.2.1", "65536", hinting(0)).error, EAI_SERVICE);
  EXPECT_EQ(find("192.0.2.1", "http", hinting(AI_NUMERICSERV)).error, EAI_NONAME);
  EXPECT_EQ(find("www.example.org", "80", hinting(AI_NUMERICHOST)).error, EAI_NONAME);
  EXPECT_EQ(find("2001:db8::1", "80", hinting(0, AF_INET)).error, EAI_ADDRFAMILY);
  EXPECT_EQ(find("192.0.2.1", "80", hinting(0, AF_INET6)).error, EAI_ADDRFAMILY);
  EXPECT_THAT(find("192.0.2.1", "80", hinting(AI_V4MAPPED, AF_INET6)).names,
              ElementsAre("::ffff:192.0.2.1 80 stream"));
}

TEST_F(AddressInfo, WithoutServersNamesAreForLater) {
  daemon.set_name_servers("\n");
  EXPECT_EQ(find("www.example.org", "80", hinting(0)).error, EAI_AGAIN);
}

TEST_F(AddressInfo, WithoutDaemonItIsTheSystemsFault) {
  daemon.vanish();
  ::unlink(daemon.path().c_str());
  errno = 0;
  EXPECT_EQ(find("www.example.org", "80", hinting(0)).error, EAI_SYSTEM);
  EXPECT_EQ(errno, ENETDOWN);
}

TEST_F(AddressInfo, NobodyIsAskedForAFamilyThatIsNotThere) {
  daemon.set_name_servers("192.0.2.53:53\n", 0);
  EXPECT_EQ(find("www.example.org", "80", hinting(AI_ADDRCONFIG)).error, EAI_NONAME);
  EXPECT_EQ(daemon.count(ipc::Op::socket), 0U);
}

DatagramHeader from_server(std::size_t size) {
  DatagramHeader header;
  header.payload_size = static_cast<std::uint32_t>(size);
  header.full_size = header.payload_size;
  header.family = 4;
  header.remote = {192, 0, 2, 53};
  header.remote_port = 53;
  return header;
}

/// Plays the name server behind the fake daemon: answers each question that is found in a socket.
class Server {
 public:
  explicit Server(FakeDaemon& daemon)
      : thread_([this, &daemon](const std::stop_token& stop) {
          while (!stop.stop_requested()) serve(daemon);
        }) {}

 private:
  void serve(FakeDaemon& daemon) {
    const std::size_t sockets = daemon.count(ipc::Op::socket);
    for (std::uint32_t slot = 0; slot < sockets; ++slot) {
      FakeSocket& socket = daemon.at(slot);
      const auto query = parse_query(socket.collect_datagram().payload);
      if (!query) continue;
      DnsAnswer answer(*query);
      if (query->type == kTypeA) answer.a(query->name, "192.0.2.7").a(query->name, "192.0.2.8");
      const std::string message = answer.str();
      socket.deliver(from_server(message.size()), message);
    }
    std::this_thread::yield();
  }
  std::jthread thread_;
};

TEST_F(AddressInfo, NamesAreAskedOverOurSockets) {
  daemon.set_name_servers("192.0.2.53:53\n", ipc::kHasIpv4);
  const Server server(daemon);
  const Found found = find("www.example.org", "80", hinting(AI_ADDRCONFIG | AI_CANONNAME));
  EXPECT_EQ(found.error, 0);
  EXPECT_THAT(found.names, ElementsAre("192.0.2.7 80 stream", "192.0.2.8 80 stream"));
  EXPECT_EQ(found.canonical, "www.example.org");
  const ipc::Address to = daemon.last(ipc::Op::connect).address;
  EXPECT_EQ(to.family, 4);
  EXPECT_EQ(to.octets[3], 8) << "the last address looked at for the order";
}

struct Text {
  int error = 0;
  std::string host{};
  std::string service{};
};

Text name_of(const sockaddr* address, socklen_t length, int flags, socklen_t host_size = 64) {
  std::array<char, 64> host{};
  std::array<char, 32> service{};
  const int error = zs_getnameinfo(address, length, host.data(), host_size, service.data(),
                                   service.size(), flags);
  return {error, host.data(), service.data()};
}

TEST_F(NameInfo, NumbersAndServices) {
  sockaddr_in here = ipv4("192.0.2.1", 80);
  const Text both = name_of(generic(here), sizeof here, NI_NUMERICHOST);
  EXPECT_EQ(both.error, 0);
  EXPECT_EQ(both.host + " " + both.service, "192.0.2.1 http");
  EXPECT_EQ(name_of(generic(here), sizeof here, NI_NUMERICHOST | NI_NUMERICSERV).service, "80");
  EXPECT_EQ(name_of(generic(here), sizeof here, 0).host, "192.0.2.1") << "no server, no name";
}

TEST_F(NameInfo, WrongQuestions) {
  sockaddr_in here = ipv4("192.0.2.1", 80);
  EXPECT_EQ(name_of(generic(here), sizeof here, 0x4000).error, EAI_BADFLAGS);
  EXPECT_EQ(name_of(generic(here), 4, 0).error, EAI_FAMILY);
  EXPECT_EQ(name_of(generic(here), sizeof here, NI_NUMERICHOST, 9).error, EAI_OVERFLOW);
  EXPECT_EQ(name_of(generic(here), sizeof here, NI_NAMEREQD).error, EAI_NONAME);
  EXPECT_EQ(zs_getnameinfo(generic(here), sizeof here, nullptr, 0, nullptr, 0, 0), EAI_NONAME);
  here.sin_family = AF_UNIX;
  EXPECT_EQ(name_of(generic(here), sizeof here, 0).error, EAI_FAMILY);
}

}  // namespace
}  // namespace zsock::test
