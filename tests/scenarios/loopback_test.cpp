// Connections inside one stack.

#include <gtest/gtest.h>

#include "tests/support/stream_peer.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

void expect_streams_inside(const wire::IpAddress& address) {
  SCOPED_TRACE(address.to_string());
  TwoHosts hosts{{.left = quick_host(), .right = quick_host()}};
  const wire::Endpoint server_name{address, 80, 0};
  ListenerApp& listener = hosts.left().listen(server_name, 5);
  TcpApp& client = hosts.left().connect(server_name);
  ASSERT_TRUE(hosts.run_until([&] { return !listener.children.empty(); }, 1s));
  StreamPeer forth{hosts, client, {.seed = 1, .peer_seed = 2, .octets = 300000}};
  StreamPeer back{hosts, *listener.children[0], {.seed = 2, .peer_seed = 1, .octets = 200000}};
  hosts.add_agent([&] {
    forth.act();
    back.act();
  });
  const std::uint64_t frames = hosts.link().frames();
  ASSERT_TRUE(hosts.run_until([&] { return forth.done() && back.done(); }, 60s));
  EXPECT_TRUE(forth.intact() && back.intact());
  EXPECT_EQ(forth.read(), 200000U);
  EXPECT_EQ(back.read(), 300000U);
  EXPECT_EQ(hosts.link().frames(), frames) << "nothing goes out to the link";
  client.close();
  listener.children[0]->close();
  hosts.left().close(listener);
  EXPECT_TRUE(hosts.run_until([&] { return hosts.left().at_rest(); }, 65s));
}

// RFC 1122 3.2.1.3(g)
TEST(LoopbackScenario, StreamsFlowInsideOneStack) {
  expect_streams_inside(wire::IpAddress::v4(127, 0, 0, 1));
  expect_streams_inside(wire::IpAddress::v4(192, 0, 2, 1));
  expect_streams_inside(wire::IpAddress::loopback(wire::Family::ipv6));
  expect_streams_inside(wire::IpAddress::parse("2001:db8::1").value());
}

// RFC 9293 3.5: MUST-10; conformance 2.3: a socket connected to itself.
TEST(LoopbackScenario, SocketConnectsToItself) {
  TwoHosts hosts{{.left = quick_host(), .right = quick_host()}};
  TcpApp& app = hosts.left().open_tcp(wire::Family::ipv4);
  const wire::Endpoint name{wire::IpAddress::v4(127, 0, 0, 1), 5000, 0};
  ASSERT_TRUE(hosts.left().stack().bind(app.id, name));
  ASSERT_EQ(app.connect(name).error(), SockError::in_progress);
  ASSERT_TRUE(hosts.run_until([&] { return app.connected(); }, 5s));
  const std::vector<std::byte> text(100, std::byte{7});
  EXPECT_EQ(app.write(text), 100U);
  ASSERT_TRUE(hosts.run_until([&] { return app.readable() == 100; }, 5s));
  app.abort();
  EXPECT_TRUE(hosts.run_until([&] { return hosts.left().at_rest(); }, 5s));
}

}  // namespace
}  // namespace zsock::test
