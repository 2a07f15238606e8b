/// \file
/// Two shards: turn by turn on a link whose frames come by whatever queue, and as threads.

#include "daemon/shards.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/os.h"
#include "daemon/runner.h"
#include "daemon/stack/steering.h"
#include "drivers/memory.h"
#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

using namespace std::chrono_literals;
namespace flag = ipc::status_flag;
using test::address4;
using test::Bench;
using test::loopback;
using test::RawClient;
using test::RawSocket;

constexpr std::uint16_t kPort = 7000;

// --- Parts -------------------------------------------------------------------------------------

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {wire::IpAddress::v4(192, 0, 2, 1), 80},
          .remote = {wire::IpAddress::v4(192, 0, 2, 9), port}};
}

RxFrame frame_of(const std::vector<std::byte>& bytes) {
  return {.bytes = bytes};
}

TEST(Mailbox, KeepsTheOrderAndRingsOnce) {
  Mailbox box;
  EXPECT_FALSE(box.has_mail());
  for (std::size_t size = 1; size <= 3; ++size) {
    EXPECT_TRUE(box.post(frame_of(std::vector<std::byte>(size))));
  }
  EXPECT_TRUE(box.has_mail());
  std::uint64_t rings = 0;
  EXPECT_EQ(::read(box.fd(), &rings, sizeof(rings)), 8);
  EXPECT_EQ(rings, 1U);
  const auto mail = box.take();
  ASSERT_EQ(mail.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<FrameMail>(mail[i]).bytes.size(), i + 1);
  }
  EXPECT_TRUE(box.take().empty());
}

TEST(Mailbox, HoldsSoMuchOfFramesAndNoMore) {
  Mailbox box;
  const std::vector<std::byte> bytes(65536);
  std::size_t held = 0;
  while (box.post(frame_of(bytes))) ++held;
  EXPECT_EQ(held, Mailbox::kFrameOctets / bytes.size());
  box.post(ListenerMail{});  // what is no frame always finds room
  EXPECT_EQ(box.take().size(), held + 1);
  EXPECT_TRUE(box.post(frame_of(bytes)));
}

TEST(Mailbox, ManyMayPost) {
  Mailbox box;
  constexpr std::size_t kEach = 2000;
  std::vector<std::thread> threads;
  for (unsigned who = 0; who < 3; ++who) {
    threads.emplace_back([&box, who] {
      for (std::size_t i = 0; i < kEach; ++i) {
        box.post(ListenerMail{.receive_size = who, .transmit_size = static_cast<unsigned>(i)});
      }
    });
  }
  std::vector<unsigned> next(threads.size());
  for (std::size_t taken = 0; taken < kEach * threads.size();) {
    for (const Mail& mail : box.take()) {
      const auto& letter = std::get<ListenerMail>(mail);
      EXPECT_EQ(letter.transmit_size, next[letter.receive_size]++);
      ++taken;
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(FlowClaims, OneShardHasAFlow) {
  SeededRng rng{1};
  const auto claims = std::make_unique<FlowClaims>(rng);
  EXPECT_FALSE(claims->owner_of(flow_from(1)));
  EXPECT_TRUE(claims->claim(flow_from(1), 3));
  EXPECT_TRUE(claims->claim(flow_from(1), 3));
  EXPECT_FALSE(claims->claim(flow_from(1), 4));
  EXPECT_EQ(claims->owner_of(flow_from(1)), 3U);
  EXPECT_FALSE(claims->owner_of(flow_from(2)));
  claims->give_up(flow_from(1), 4);
  EXPECT_EQ(claims->owner_of(flow_from(1)), 3U);
  claims->give_up(flow_from(1), 3);
  EXPECT_FALSE(claims->owner_of(flow_from(1)));
  EXPECT_TRUE(claims->claim(flow_from(1), 4));
}

TEST(FlowClaims, RefusesWhenThereIsNoRoomAndForgetsNobody) {
  SeededRng rng{1};
  const auto claims = std::make_unique<FlowClaims>(rng);
  std::vector<std::uint16_t> held;
  for (std::uint16_t port = 1; port < 40000; ++port) {
    if (claims->claim(flow_from(port), port % 8U)) held.push_back(port);
  }
  EXPECT_GT(held.size(), 10000U);
  EXPECT_LT(held.size(), 39999U);
  for (const std::uint16_t port : held) ASSERT_EQ(claims->owner_of(flow_from(port)), port % 8U);
  for (const std::uint16_t port : held) claims->give_up(flow_from(port), port % 8U);
  for (const std::uint16_t port : held) ASSERT_FALSE(claims->owner_of(flow_from(port)));
}

// --- Turn by turn ------------------------------------------------------------------------------

/// The peer's end of both queues: what it sends comes by one of them.
class Fan final : public drivers::Device {
 public:
  explicit Fan(std::vector<std::unique_ptr<drivers::Device>> queues) : queues_(std::move(queues)) {}
  [[nodiscard]] drivers::DeviceInfo info() const override { return queues_[0]->info(); }
  [[nodiscard]] int fd() const override { return -1; }
  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    auto frame = queues_[0]->receive(buffer);
    return frame ? frame : queues_[1]->receive(buffer);
  }
  Status<std::error_code> send(const TxFrame& frame) override {
    return queues_[static_cast<std::size_t>(sent_++) % used]->send(frame);
  }
  std::size_t used = 1;  ///< queues that frames come by, in turn

 private:
  std::vector<std::unique_ptr<drivers::Device>> queues_;
  int sent_ = 0;
};

Config peer_config() {
  Config config = test::plain_config();
  config.addresses = {*wire::Cidr::parse("192.0.2.9/24")};
  return config;
}

class TwoShards : public ::testing::Test {
 protected:
  TwoShards() {
    std::vector<std::unique_ptr<drivers::Device>> far;
    for (unsigned i = 0; i < 2; ++i) {
      auto wire = drivers::make_memory_wire({});
      far.push_back(std::move(wire.right));
      shards_[i] = std::make_unique<Shard>(board_, i);
      sides_[i] =
          std::make_unique<Bench>(test::plain_config(), std::move(wire.left), shards_[i].get());
    }
    auto fan = std::make_unique<Fan>(std::move(far));
    fan_ = fan.get();
    peer_ = std::make_unique<Bench>(peer_config(), std::move(fan), nullptr);
  }

  /// Everybody has turns until it holds, for ten seconds at most.
  bool until(const std::function<bool()>& condition) {
    for (int i = 0; i < 10000; ++i) {
      for (Bench* each : {sides_[0].get(), sides_[1].get(), peer_.get()}) {
        each->settle();
        each->skip(1ms);
      }
      if (condition()) return true;
    }
    return false;
  }

  /// Connects from here to the peer's listener.
  bool connect(RawClient& client, const RawSocket& socket) {
    if (client.connect(socket, address4({192, 0, 2, 9}, kPort)) != EINPROGRESS) return false;
    return until([&] { return (client.flags(socket) & flag::kConnected) != 0; });
  }

  RawSocket listen(RawClient& client) {
    RawSocket listener = client.open();
    EXPECT_EQ(client.bind(listener, address4({0, 0, 0, 0}, kPort)), 0);
    EXPECT_EQ(client.listen(listener, 100), 0);
    return listener;
  }

  SeededRng rng_{7};
  Config config_{};
  Switchboard board_{2, config_.host.quota, rng_};
  std::unique_ptr<Shard> shards_[2]{};
  std::unique_ptr<Bench> sides_[2]{};
  std::unique_ptr<Bench> peer_{};
  Fan* fan_ = nullptr;
};

TEST_F(TwoShards, ConnectionsStayWhereTheyWereMade) {
  RawClient server = peer_->client();
  const RawSocket listener = listen(server);
  std::vector<RawSocket> sockets;
  for (unsigned i = 0; i < 2; ++i) {
    RawClient client(sides_[i]->session(), i);
    EXPECT_EQ(client.shard(), i);
    for (int n = 0; n < 8; ++n) {
      sockets.push_back(client.open());
      ASSERT_TRUE(connect(client, sockets.back())) << i << " " << n;
      EXPECT_EQ(client.write(sockets.back(), "hello"), 5U);
      RawSocket far;
      ASSERT_TRUE(until([&] { return (far = server.accept(listener)).fd.valid(); }));
      std::string heard;
      EXPECT_TRUE(until([&] { return (heard += server.read(far)) == "hello"; }));
    }
    EXPECT_EQ(sides_[i]->service().stack().connections(), 8U);
  }
  EXPECT_GT(shards_[0]->passed_on(), 0U);  // all came by its queue
  EXPECT_EQ(shards_[1]->passed_on(), 0U);
  EXPECT_EQ(sides_[0]->service().stack().counters().drop_tcp_no_socket, 0U);
  EXPECT_EQ(sides_[1]->service().stack().counters().drop_tcp_no_socket, 0U);
}

TEST_F(TwoShards, BoundSocketsConnectFromWhereverTheyAre) {
  RawClient server = peer_->client();
  const RawSocket listener = listen(server);
  fan_->used = 2;
  std::vector<RawSocket> sockets;
  std::uint16_t port = 4000;
  for (unsigned i = 0; i < 2; ++i) {
    RawClient client(sides_[i]->session(), i);
    for (int n = 0; n < 8; ++n) {
      sockets.push_back(client.open());
      ASSERT_EQ(client.bind(sockets.back(), address4({192, 0, 2, 1}, port++)), 0);
      ASSERT_TRUE(connect(client, sockets.back())) << i << " " << n;
    }
    EXPECT_EQ(sides_[i]->service().stack().connections(), 8U);
  }
}

TEST_F(TwoShards, AListenerIsEverywhere) {
  RawClient home(sides_[0]->session(), 0);
  RawClient there(sides_[1]->session(), 1, &home.ticket());
  const RawSocket listener = listen(home);
  RawClient client = peer_->client();
  std::vector<RawSocket> near;
  int accepted[2]{};
  for (int i = 0; i < 32; ++i) {
    near.push_back(client.open());
    ASSERT_EQ(client.connect(near.back(), address4({192, 0, 2, 1}, kPort)), EINPROGRESS);
    RawSocket far;
    ASSERT_TRUE(until([&] { return (far = home.accept(listener, {&there})).fd.valid(); })) << i;
    ++accepted[far.shard];
    RawClient& owner = far.shard == 0 ? home : there;
    EXPECT_EQ(owner.write(far, "hello"), 5U);
    owner.mark(far);
    std::string heard;
    EXPECT_TRUE(until([&] { return (heard += client.read(near.back())) == "hello"; }));
  }
  EXPECT_GT(accepted[0], 4);
  EXPECT_GT(accepted[1], 4);
}

// The process may come to the other shard when it has a connection there, not before.
TEST_F(TwoShards, ACopyOutlivesNeitherItsListenerNorItsProcess) {
  {
    RawClient home(sides_[0]->session(), 0);
    {
      const RawSocket listener = listen(home);
      ASSERT_TRUE(until([&] { return sides_[1]->service().client_count() == 1; }));
      RawClient client = peer_->client();
      std::vector<RawSocket> near;
      for (int i = 0; i < 32; ++i) {
        near.push_back(client.open());
        ASSERT_EQ(client.connect(near.back(), address4({192, 0, 2, 1}, kPort)), EINPROGRESS);
      }
      ASSERT_TRUE(until([&] {
        return std::ranges::all_of(near, [&](const RawSocket& socket) {
          return (client.flags(socket) & flag::kConnected) != 0;
        });
      }));
      ASSERT_TRUE(until([&] { return sides_[1]->service().stack().connections() > 0; }));
    }
    // Nobody has accepted them.
    EXPECT_TRUE(until([&] { return sides_[1]->service().stack().connections() == 0; }));
    EXPECT_TRUE(until([&] { return sides_[1]->service().client_count() == 0; }));
    EXPECT_EQ(home.bind(home.open(), address4({0, 0, 0, 0}, kPort)), 0);
  }
  EXPECT_EQ(board_.quota.used(1000, Resource::listeners), 0U);
}

TEST_F(TwoShards, ACopyEndsWhenTheListenerIsShut) {
  RawClient home(sides_[0]->session(), 0);
  const RawSocket listener = listen(home);
  ASSERT_TRUE(until([&] { return sides_[1]->service().client_count() == 1; }));
  ASSERT_EQ(home.call(ipc::Op::shutdown, listener, SHUT_RD), 0);
  EXPECT_TRUE(until([&] { return sides_[1]->service().client_count() == 0; }));
  ASSERT_EQ(home.listen(listener, 5), 0);
  EXPECT_TRUE(until([&] { return sides_[1]->service().client_count() == 1; }));
}

TEST_F(TwoShards, ACopyCannotBeNamed) {
  RawClient home(sides_[0]->session(), 0);
  const RawSocket listener = listen(home);
  ASSERT_TRUE(until([&] { return sides_[1]->service().client_count() == 1; }));
  RawClient there(sides_[1]->session(), 1, &home.ticket());
  for (std::uint32_t slot = 0; slot < 20; ++slot) {
    const RawSocket copy{.slot = slot,
                         .generation = there.status_area().slots[slot].generation.snapshot()};
    EXPECT_EQ(there.call(ipc::Op::shutdown, copy, SHUT_RDWR), EBADF) << slot;
    EXPECT_EQ(there.listen(copy, 5), EBADF) << slot;
  }
}

TEST_F(TwoShards, OnlyTheTicketAndTheUserJoin) {
  RawClient home(sides_[0]->session(), 0);
  const RawSocket listener = listen(home);
  ASSERT_TRUE(until([&] { return sides_[1]->service().client_count() == 1; }));
  const RawClient thief(sides_[1]->session(2000), 1, &home.ticket());
  EXPECT_EQ(sides_[1]->service().client_count(), 2U);
  ipc::ArenaTicket guessed = home.ticket();
  ++guessed.secret[1];
  const RawClient guesser(sides_[1]->session(), 1, &guessed);
  EXPECT_EQ(sides_[1]->service().client_count(), 3U);
  const RawClient owner(sides_[1]->session(), 1, &home.ticket());
  EXPECT_EQ(sides_[1]->service().client_count(), 3U);
}

TEST_F(TwoShards, OptionsOfAListenerReachItsCopies) {
  RawClient home(sides_[0]->session(), 0);
  RawClient there(sides_[1]->session(), 1, &home.ticket());
  const RawSocket listener = listen(home);
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::set_option);
  request.slot = listener.slot;
  request.generation = listener.generation;
  request.a = SOL_SOCKET;
  request.b = SO_KEEPALIVE;
  request.value_size = sizeof(int);
  request.value[0] = 1;
  ASSERT_EQ(home.ask(request).error, 0);
  RawClient client = peer_->client();
  std::vector<RawSocket> near;
  std::vector<RawSocket> far;
  while (far.empty() || far.back().shard != 1) {
    near.push_back(client.open());
    ASSERT_EQ(client.connect(near.back(), address4({192, 0, 2, 1}, kPort)), EINPROGRESS);
    RawSocket taken;
    ASSERT_TRUE(until([&] { return (taken = home.accept(listener, {&there})).fd.valid(); }));
    far.push_back(std::move(taken));
  }
  request.header.op = static_cast<std::uint16_t>(ipc::Op::get_option);
  request.slot = far.back().slot;
  request.generation = far.back().generation;
  request.value_size = 0;
  EXPECT_EQ(there.ask(request).value[0], 1);
}

TEST_F(TwoShards, AUserHasOneQuota) {
  const std::size_t before = board_.quota.used(1000, Resource::sockets);
  RawClient first(sides_[0]->session(), 0);
  RawClient second(sides_[1]->session(), 1);
  const RawSocket a = first.open();
  const RawSocket b = second.open();
  EXPECT_EQ(board_.quota.used(1000, Resource::sockets), before + 2);
}

TEST_F(TwoShards, DatagramsAreTheFirstShards) {
  RawClient first(sides_[0]->session(), 0);
  RawClient second(sides_[1]->session(), 1);
  EXPECT_TRUE(first.open(4, SOCK_DGRAM).fd.valid());
  EXPECT_FALSE(second.open(4, SOCK_DGRAM).fd.valid());
  EXPECT_EQ(errno, EOPNOTSUPP);
  const RawSocket socket = first.open(4, SOCK_DGRAM);
  ASSERT_EQ(first.bind(socket, address4({192, 0, 2, 1}, kPort)), 0);
}

// --- Threads -----------------------------------------------------------------------------------

/// zsockd with two shards in threads, for clients whose connections stay inside it.
class Daemon {
 public:
  explicit Daemon(Config config = test::plain_config()) {
    std::string name = "/tmp/zsockd-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
    config.socket_path = path();
    config.log_level = LogLevel::error;
    config.host.drain_timeout = 100ms;
    config.host.shards = 2;
    runner_ = std::make_unique<Runner>(config, Privileges::keep);
    thread_ = std::thread([this] { status_ = runner_->run(); });
  }
  ~Daemon() {
    end();
    runner_.reset();
    std::filesystem::remove_all(folder_);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] std::string path() const { return folder_ + "/zsockd.sock"; }
  RawClient client(unsigned shard, const ipc::ArenaTicket* ticket = nullptr) const {
    return {test::connect_to(path()), shard, ticket};
  }
  int end() {
    if (thread_.joinable()) {
      runner_->stop();
      thread_.join();
    }
    return status_;
  }

 private:
  std::string folder_{};
  std::unique_ptr<Runner> runner_{};
  int status_ = -1;
  std::thread thread_{};
};

bool wait_for(const RawSocket& socket, short events) {
  pollfd entry{.fd = socket.fd.get(), .events = events, .revents = 0};
  return ::poll(&entry, 1, 10'000) == 1;
}

/// Asks again and again, for ten seconds at most.
bool soon(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

TEST(ShardThreads, NeedQueuesOfATap) {
  Config config = test::plain_config();
  config.host.shards = 2;
  for (const char* device : {"packet:zs-none", "xdp:zs-none"}) {
    config.device = device;
    try {
      const Runner runner(config, Privileges::keep);
      ADD_FAILURE() << device;
    } catch (const StartError& error) {
      EXPECT_EQ(error.exit_status(), EX_CONFIG);
      EXPECT_NE(std::string(error.what()).find("host.shards"), std::string::npos);
    }
  }
}

TEST(ShardThreads, ClientsAreSpreadAndMayChoose) {
  const Daemon daemon;
  int where[2]{};
  for (int i = 0; i < 8; ++i) ++where[RawClient(test::connect_to(daemon.path())).shard()];
  EXPECT_EQ(where[0], 4);
  EXPECT_EQ(where[1], 4);
  EXPECT_EQ(daemon.client(0).shard(), 0U);
  EXPECT_EQ(daemon.client(1).shard(), 1U);
}

TEST(ShardThreads, AConnectionOfEachShardComesThroughOneDescriptor) {
  Daemon daemon;
  RawClient home = daemon.client(0);
  RawClient there = daemon.client(1, &home.ticket());
  const RawSocket listener = home.open();
  ASSERT_EQ(home.bind(listener, loopback(kPort)), 0);
  ASSERT_EQ(home.listen(listener, 5), 0);
  for (unsigned shard = 0; shard < 2; ++shard) {
    for (int i = 0; i < 100; ++i) {
      RawClient client = daemon.client(shard);
      const RawSocket near = client.open();
      ASSERT_EQ(client.connect(near, loopback(kPort)), EINPROGRESS);
      ASSERT_TRUE(wait_for(near, POLLOUT));
      ASSERT_NE(client.flags(near) & flag::kConnected, 0U) << i;
      ASSERT_TRUE(wait_for(listener, POLLIN));
      const RawSocket far = home.accept(listener, {&there});
      ASSERT_TRUE(far.fd.valid());
      EXPECT_EQ(far.shard, shard);
      EXPECT_EQ(client.write(near, "hello"), 5U);
      ASSERT_TRUE(wait_for(far, POLLIN));
      EXPECT_EQ((shard == 0 ? home : there).read(far), "hello");
    }
  }
  EXPECT_EQ(daemon.end(), 0);
}

TEST(ShardThreads, AClosedListenerIsNowhereSoon) {
  const Daemon daemon;
  RawClient home = daemon.client(0);
  RawClient other = daemon.client(1);
  for (int i = 0; i < 20; ++i) {
    {
      const RawSocket listener = home.open();
      ASSERT_EQ(home.bind(listener, loopback(kPort)), 0);
      ASSERT_EQ(home.listen(listener, 5), 0);
      EXPECT_EQ(other.bind(other.open(), loopback(kPort)), EADDRINUSE);
    }
    EXPECT_TRUE(soon([&] { return other.bind(other.open(), loopback(kPort)) == 0; }));
    EXPECT_TRUE(soon([&] {
      const RawSocket near = other.open();
      other.connect(near, loopback(kPort));
      return wait_for(near, POLLOUT) && (other.flags(near) & flag::kFailed) != 0;
    }));
    EXPECT_TRUE(soon([&] { return home.bind(home.open(), loopback(kPort)) == 0; }));
  }
}

TEST(ShardThreads, WhoBreaksTheRulesIsAlone) {
  const Daemon daemon;
  RawClient home = daemon.client(0);
  RawClient there = daemon.client(1, &home.ticket());
  const RawSocket listener = home.open();
  ASSERT_EQ(home.bind(listener, loopback(kPort)), 0);
  ASSERT_EQ(home.listen(listener, 5), 0);
  RawClient hostile = daemon.client(1);
  const RawSocket bad = hostile.open();
  ASSERT_EQ(hostile.connect(bad, loopback(kPort)), EINPROGRESS);
  ASSERT_TRUE(wait_for(bad, POLLOUT));
  RawClient client = daemon.client(1);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(kPort)), EINPROGRESS);
  ASSERT_TRUE(wait_for(near, POLLOUT));
  hostile.app(bad).transmit_tail.publish(std::uint64_t{1} << 40U);
  hostile.mark(bad);
  EXPECT_TRUE(wait_for(bad, POLLERR));
  const RawSocket first = home.accept(listener, {&there});
  ASSERT_TRUE(wait_for(listener, POLLIN));
  const RawSocket second = home.accept(listener, {&there});
  EXPECT_EQ(client.write(near, "hello"), 5U);
  ASSERT_TRUE(wait_for(second, POLLIN));
  EXPECT_EQ(there.read(second), "hello");
}

TEST(ShardThreads, QuotasHoldOverAll) {
  Config config = test::plain_config();
  config.host.quota.sockets = 4;
  const Daemon daemon(config);
  RawClient clients[2]{daemon.client(0), daemon.client(1)};
  std::vector<RawSocket> sockets;
  for (RawClient& client : clients) {
    sockets.push_back(client.open());
    sockets.push_back(client.open());
    ASSERT_TRUE(sockets.back().fd.valid());
  }
  for (RawClient& client : clients) {
    EXPECT_FALSE(client.open().fd.valid());
    EXPECT_EQ(errno, EMFILE);
  }
  sockets.clear();
  for (RawClient& client : clients) {
    EXPECT_TRUE(soon([&] { return client.open().fd.valid(); }));
  }
}

TEST(ShardThreads, AttachNamesTheShard) {
  const Daemon daemon;
  const RawClient parent = daemon.client(1);
  const auto attach = [&](std::int32_t shard, const ipc::ArenaTicket& ticket) {
    ipc::Request request;
    request.header.op = static_cast<std::uint16_t>(ipc::Op::attach);
    request.a = shard + 1;
    std::memcpy(request.value.data(), &ticket, sizeof(ticket));
    request.value_size = sizeof(ticket);
    return test::connect_to(daemon.path())(request).reply.error;
  };
  EXPECT_EQ(attach(1, parent.ticket()), 0);
  EXPECT_EQ(attach(0, parent.ticket()), EACCES);
  EXPECT_EQ(attach(7, parent.ticket()), EACCES);
}

TEST(ShardThreads, StopEndsAllWithConnectionsOpen) {
  Daemon daemon;
  RawClient home = daemon.client(0);
  const RawSocket listener = home.open();
  ASSERT_EQ(home.bind(listener, loopback(kPort)), 0);
  ASSERT_EQ(home.listen(listener, 5), 0);
  RawClient client = daemon.client(1);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(kPort)), EINPROGRESS);
  ASSERT_TRUE(wait_for(near, POLLOUT));
  EXPECT_EQ(daemon.end(), 0);
  EXPECT_TRUE(wait_for(near, POLLERR));
}

}  // namespace
}  // namespace zsock::host
