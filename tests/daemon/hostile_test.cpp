/// \file
/// Clients that break every rule there is: they are cut off, others do not notice.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;
using test::Bench;
using test::ConnectedPair;
using test::loopback;
using test::poll_now;
using test::RawClient;
using test::RawSocket;

ipc::Request request_of(ipc::Op op) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(op);
  return request;
}

// req: SEC-SHM-15, SEC-SHM-10
TEST(HostileMessages, EachMalformationCutsOffItsSenderOnly) {
  const std::vector<std::function<void(ipc::Request&)>> spoil{
      [](ipc::Request& r) { r.header.magic ^= 1U; },
      [](ipc::Request& r) { ++r.header.version; },
      [](ipc::Request& r) { r.header.flags = 1; },
      [](ipc::Request& r) { r.reserved = 1; },
      [](ipc::Request& r) { r.address.reserved = 1; },
      [](ipc::Request& r) { r.value_size = ipc::kMaxValue + 1; },
      [](ipc::Request& r) { r.value_size = 0xffffffff; },
  };
  for (std::size_t i = 0; i < spoil.size(); ++i) {
    Bench bench;
    ConnectedPair good(bench);
    RawClient bad = bench.client(1001);
    const RawSocket socket = bad.open();
    ipc::Request request = request_of(ipc::Op::local_name);
    spoil[i](request);
    EXPECT_EQ(bad.ask(request).error, ECONNABORTED) << i;
    EXPECT_EQ(bad.ask(request_of(ipc::Op::report)).error, ECONNABORTED) << i;
    EXPECT_NE(poll_now(socket.fd.get()) & POLLERR, 0) << i;
    bench.settle();
    good.client.write(good.near, "undisturbed");
    bench.settle();
    EXPECT_EQ(good.server.read(good.far), "undisturbed");
  }
}

TEST(HostileMessages, UnknownOpsAndForeignSocketsAreErrorsOnly) {
  Bench bench;
  RawClient mine = bench.client();
  RawClient theirs = bench.client();
  const RawSocket socket = theirs.open();
  ipc::Request request = request_of(static_cast<ipc::Op>(999));
  EXPECT_EQ(mine.ask(request).error, EOPNOTSUPP);
  request = request_of(ipc::Op::bind);
  request.slot = socket.slot;
  request.generation = socket.generation;
  EXPECT_EQ(mine.ask(request).error, EBADF);
  request.slot = 0xffffffff;
  EXPECT_EQ(mine.ask(request).error, EBADF);
  request.slot = 0;
  request.generation = 0;
  EXPECT_EQ(mine.ask(request).error, EBADF);
}

// req: SEC-SHM-10
TEST(HostileMessages, RandomRequestsNeverHarm) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRng rng(seed);
  Bench bench;
  ConnectedPair good(bench);
  for (int round = 0; round < 30; ++round) {
    RawClient bad = bench.client(1001);
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 4; ++i) sockets.push_back(bad.open(4, 1 + (i & 1)));
    for (int i = 0; i < 100; ++i) {
      ipc::Request request;
      for (auto& octet : request.value) octet = static_cast<std::uint8_t>(rng.next_u32());
      request.header.op = static_cast<std::uint16_t>(rng.below(24));
      if (request.header.op == 7 || request.header.op == 10) request.header.flags = rng.below(2);
      const RawSocket& target = sockets[rng.below(4)];
      request.slot = target.slot;
      request.generation = target.generation;
      request.a = static_cast<std::int32_t>(rng.below(4) == 0 ? rng.next_u32() : rng.below(60));
      request.b = static_cast<std::int32_t>(rng.below(4) == 0 ? rng.next_u32() : rng.below(60));
      request.address = rng.below(2) == 0 ? loopback(static_cast<std::uint16_t>(rng.next_u32()))
                                          : ipc::Address{6, 0, 80, 0, {}};
      request.value_size = rng.below(ipc::kMaxValue + 1);
      bad.ask(request);
      if (rng.below(4) == 0) bench.turn();
    }
    bench.settle();
  }
  good.client.write(good.near, "still here");
  bench.settle();
  EXPECT_EQ(good.server.read(good.far), "still here");
}

// req: ACL-5
TEST(HostileMessages, SocketsByTheDozenStayWithinTheQuota) {
  Config config = test::plain_config();
  config.host.quota.sockets = 20;
  Bench bench(config);
  const test::Transport bad = bench.session(1001);
  ASSERT_EQ(bad(request_of(ipc::Op::hello)).reply.error, 0);
  ipc::Request request = request_of(ipc::Op::sockets);
  request.a = 4;
  request.b = 8;
  std::size_t made = 0;
  for (int i = 0; i < 4; ++i) made += bad(request).fds.size();  // closed, but not yet seen to be
  EXPECT_EQ(made, 20U);
  EXPECT_EQ(bad(request).reply.error, EMFILE);
  bench.settle();
  for (const int wanted : {-1, 0, 9, 1 << 30}) {
    request.b = wanted;
    EXPECT_EQ(bad(request).reply.error, EINVAL) << wanted;
  }
  request.a = 5;
  EXPECT_EQ(bad(request).reply.error, EAFNOSUPPORT);
  EXPECT_TRUE(bench.client(1002).open().fd.valid());
  EXPECT_EQ(bench.service().quota().used(1001, Resource::sockets), 0U);
}

// In whatever slot and state: nobody else's socket suffers, and a listener stays one.
TEST(HostileMessages, ConnectsInSlotsThatAreNotForIt) {
  Bench bench;
  ConnectedPair good(bench);
  RawClient bad = bench.client(1001);
  const RawSocket datagrams = bad.open(4, SOCK_DGRAM);
  const RawSocket listener = bad.open();
  ASSERT_EQ(bad.bind(listener, loopback(7001)), 0);
  ASSERT_EQ(bad.listen(listener, 1), 0);
  for (const RawSocket* socket : {&datagrams, &listener}) {
    for (int i = 0; i < 3; ++i) {
      bad.app(*socket).remote.publish(loopback(7000));
      bad.app(*socket).connects.add(1);
      bad.app(*socket).told_options.publish(~0U);
      bad.mark(*socket);
      bench.settle();
    }
  }
  EXPECT_EQ(bad.status(datagrams).connects.snapshot(), 0U);
  EXPECT_EQ(bad.status(listener).connect_error.snapshot(), static_cast<unsigned>(EISCONN));
  EXPECT_NE(bad.flags(listener) & ipc::status_flag::kListening, 0U);
  good.client.write(good.near, "undisturbed");
  bench.settle();
  EXPECT_EQ(good.server.read(good.far), "undisturbed");
}

// The reset of the first life is still queued when the second begins.
TEST(HostileMessages, ListenAfterDisconnectInOneTurn) {
  Bench bench;
  ConnectedPair pair(bench);
  const RawSocket socket = pair.client.open();
  ASSERT_EQ(pair.client.connect(socket, loopback(7777)), EINPROGRESS);
  ASSERT_EQ(pair.client.call(ipc::Op::disconnect, socket), 0);
  EXPECT_EQ(pair.client.listen(socket, 1), 0);
  bench.settle();
}

// req: SEC-SHM-6, SEC-SHM-15
TEST(HostileIndices, ContradictionsCutOffTheClientAndResetItsConnections) {
  const std::vector<std::function<void(RawClient&, const RawSocket&)>> lies{
      [](RawClient& c, const RawSocket& s) { c.app(s).receive_head.publish(1); },
      [](RawClient& c, const RawSocket& s) { c.app(s).receive_head.publish(~std::uint64_t{0}); },
      [](RawClient& c, const RawSocket& s) {
        c.app(s).transmit_tail.publish((1U << c.status(s).transmit.order()) + 1);
      },
      [](RawClient& c, const RawSocket& s) { c.app(s).transmit_tail.publish(~std::uint64_t{0}); },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    Bench bench;
    ConnectedPair good(bench, 7001);
    ConnectedPair bad(bench, 7002);
    lies[i](bad.client, bad.near);
    bad.client.mark(bad.near);
    bench.settle();
    EXPECT_NE(poll_now(bad.near.fd.get()) & POLLERR, 0) << i;
    EXPECT_NE(poll_now(bad.far.fd.get()) & POLLERR, 0) << i;
    EXPECT_EQ(bad.server.status(bad.far).error.snapshot(), static_cast<unsigned>(ECONNRESET)) << i;
    EXPECT_EQ(bad.client.open().fd.get(), -1) << i;
    good.client.write(good.near, "undisturbed");
    bench.settle();
    EXPECT_EQ(good.server.read(good.far), "undisturbed") << i;
  }
}

TEST(HostileIndices, AcceptingMoreThanWasDeliveredCutsOff) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.app(pair.listener).accepted.add(1);
  pair.server.mark(pair.listener);
  bench.settle();
  EXPECT_NE(poll_now(pair.listener.fd.get()) & POLLERR, 0);
  EXPECT_NE(poll_now(pair.near.fd.get()) & POLLERR, 0);
}

// req: SEC-SHM-6, SEC-SHM-7: somebody writes everywhere all the time
TEST(HostileMemory, ScribblingHarmsNobodyElse) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Bench bench;
  ConnectedPair good(bench, 7001);
  SeededRng rng(seed);
  for (int round = 0; round < 20; ++round) {
    ConnectedPair bad(bench, static_cast<std::uint16_t>(7100 + round));
    std::atomic<bool> stop{false};
    const std::uint32_t salt = rng.next_u32();
    std::jthread scribbler([&] {
      SeededRng noise(salt);
      ipc::DataArea& area = bad.client.data_area();
      while (!stop) {
        for (std::uint32_t slot = 0; slot < 8; ++slot) {
          ipc::AppSlot& app = area.slots[slot];
          app.receive_head.publish(noise.below(3) == 0 ? noise.next_u64() : noise.below(1000));
          app.transmit_tail.publish(noise.below(3) == 0 ? noise.next_u64() : noise.below(300000));
          app.token.publish(noise.next_u32());
          app.want_room.publish(noise.next_u32());
          app.want_token.publish(noise.next_u32());
          app.accepted.publish(noise.next_u32());
          app.taken.publish(noise.next_u32());
        }
        for (auto& word : area.page.dirty) word.publish(noise.next_u64());
        for (auto& word : area.page.summary) word.publish(noise.next_u64());
      }
    });
    for (int i = 0; i < 50; ++i) {
      bad.client.ring_doorbell();
      bench.turn();
      good.client.write(good.near, "abc");
      bench.turn();
      bench.turn();
    }
    stop = true;
    scribbler.join();
    std::string got;
    EXPECT_TRUE(bench.until([&] { return (got += good.server.read(good.far)).size() >= 150; }));
    EXPECT_EQ(got.size(), 150U);
    EXPECT_EQ(got.substr(0, 6), "abcabc");
  }
}

// req: SEC-SHM-11
TEST(HostileLoad, AllBitsSetCostABoundedTurn) {
  Bench bench;
  ConnectedPair good(bench);
  RawClient bad = bench.client(1001);
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 500; ++i) sockets.push_back(bad.open(4, SOCK_DGRAM));
  bench.settle();
  for (auto& word : bad.data_area().page.dirty) word.publish(~std::uint64_t{0});
  for (auto& word : bad.data_area().page.summary) word.publish(~std::uint64_t{0});
  bad.mark(sockets[0]);
  good.client.write(good.near, "quick");
  // The next turns serve the good client, long before the bad one's bits are worked off.
  bench.turn();
  bench.turn();
  EXPECT_TRUE(bench.service().busy());
  EXPECT_EQ(good.server.read(good.far), "quick");
}

// req: SEC-SHM-9
TEST(HostileDescriptors, BlockingModeAndFullDoorbellsDoNotStallTheLoop) {
  Bench bench;
  ConnectedPair pair(bench);
  for (const int fd : {pair.client.doorbell(), pair.near.fd.get(), pair.far.fd.get()}) {
    ASSERT_EQ(::fcntl(fd, F_SETFL, 0), 0);
  }
  const std::uint64_t most = 0xfffffffffffffffe;
  ASSERT_EQ(::write(pair.client.doorbell(), &most, sizeof(most)), 8);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    pair.server.write(pair.far, "token after token");
    pair.client.app(pair.near).token.publish(0);
    bench.turn();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{20});
}

// req: SEC-SHM-14
TEST(HostileReader, StatusPageTellsNoAddresses) {
  Bench bench;
  ConnectedPair pair(bench);
  const auto here = reinterpret_cast<std::uintptr_t>(&bench.service().stack()) >> 32U;
  const auto* words = static_cast<const std::uint64_t*>(
      static_cast<const void*>(&pair.client.status_area().slots[0]));
  for (std::size_t i = 0; i < sizeof(ipc::StatusSlot) * 64 / 8; ++i) {
    EXPECT_NE(words[i] >> 32U, here);
  }
}

TEST(HostileDeath, SigkilledChildLeavesNothing) {
  Bench bench;
  ConnectedPair pair(bench);
  const pid_t child = ::fork();
  if (child == 0) ::pause();  // holds copies of everything
  pair.near.fd.reset();
  bench.end_session(1);
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()), POLLOUT);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  bench.settle();
  EXPECT_NE(poll_now(pair.far.fd.get()) & POLLRDHUP, 0);
}

std::size_t resident_octets() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string word;
  std::size_t kib = 0;
  while (file >> word) {
    if (word == "Private_Dirty:" || word == "Private_Clean:" || word == "Shared_Dirty:") {
      std::size_t n = 0;
      file >> n;
      kib += n;
    }
  }
  return kib * 1024;
}

// Issue: 1,000 idle connections cost the daemon at most 16 KiB each, sparse rings included.
TEST(MemoryIdle, ThousandConnectionsAreCheap) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(9000)), 0);
  ASSERT_EQ(server.listen(listener, 64), 0);
  std::vector<RawSocket> sockets;
  bench.settle();
  const std::size_t before = resident_octets();
  for (int i = 0; i < 500; ++i) {  // both ends are sockets here
    sockets.push_back(client.open());
    ASSERT_EQ(client.connect(sockets.back(), loopback(9000)), EINPROGRESS);
    bench.settle();
    sockets.push_back(server.accept(listener));
    ASSERT_TRUE(sockets.back().fd.valid());
    bench.settle();
  }
  const std::size_t each = (resident_octets() - before) / sockets.size();
  RecordProperty("octets_per_connection", static_cast<int>(each));
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LE(each, 16U << 10U);
#endif
}

}  // namespace
}  // namespace zsock::host
