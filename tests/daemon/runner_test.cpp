/// \file
/// The event loop as a whole: in a thread of this process, with clients on its control socket.

#include "daemon/runner.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <thread>

#include "daemon/os.h"
#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;
using test::loopback;
using test::poll_now;
using test::RawClient;
using test::RawSocket;

/// A directory of its own for each test.
class Directory {
 public:
  Directory() {
    std::string name = "/tmp/zsockd-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string socket() const { return path_ + "/zsockd.sock"; }

 private:
  std::string path_;
};

Config config_for(const Directory& directory) {
  Config config = test::plain_config();
  config.socket_path = directory.socket();
  config.log_level = LogLevel::error;
  config.host.drain_timeout = std::chrono::milliseconds{100};
  return config;
}

/// A daemon in a thread.
class Daemon {
 public:
  explicit Daemon(const Config& config)
      : runner_(config, Privileges::keep), thread_([this] {
          id_ = ::gettid();
          status_ = runner_.run();
        }) {}
  ~Daemon() { end(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// REQUIRES: it has answered something.
  [[nodiscard]] pid_t thread() const { return id_; }
  [[nodiscard]] std::chrono::nanoseconds cpu_time() {
    clockid_t clock{};
    timespec time{};
    ::pthread_getcpuclockid(thread_.native_handle(), &clock);
    ::clock_gettime(clock, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }

  int end() {
    if (thread_.joinable()) {
      runner_.stop();
      thread_.join();
    }
    return status_;
  }

 private:
  Runner runner_;
  std::atomic<pid_t> id_{};
  int status_ = -1;
  std::thread thread_;
};

/// Waits in the kernel, as an application does. At most ten seconds.
bool wait_for(const RawSocket& socket, short events) {
  pollfd entry{.fd = socket.fd.get(), .events = events, .revents = 0};
  return ::poll(&entry, 1, 10'000) == 1;
}

RawSocket wait_accept(RawClient& server, const RawSocket& listener) {
  EXPECT_TRUE(wait_for(listener, POLLIN));
  return server.accept(listener);
}

int start_status(const Config& config) {
  try {
    const Runner runner(config, Privileges::keep);
  } catch (const StartError& error) {
    return error.exit_status();
  }
  return 0;
}

TEST(RunnerEndToEnd, TwoClientsTalkTcp) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient server(test::connect_to(directory.socket()));
  RawClient client(test::connect_to(directory.socket()));
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  ASSERT_TRUE(wait_for(near, POLLOUT));
  ASSERT_NE(client.flags(near) & flag::kConnected, 0U);
  const RawSocket far = wait_accept(server, listener);
  ASSERT_TRUE(far.fd.valid());

  std::string sent;
  for (int i = 0; i < 200'000; ++i) sent += static_cast<char>('a' + i % 23);
  std::string received;
  for (std::size_t done = 0; received.size() < sent.size();) {
    done += client.write(near, std::string_view(sent).substr(done));
    ASSERT_TRUE(wait_for(far, POLLIN));
    received += server.read(far);
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(daemon.end(), 0);
}

TEST(RunnerEndToEnd, PingPongSleepsAndWakes) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient server(test::connect_to(directory.socket()));
  RawClient client(test::connect_to(directory.socket()));
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  const RawSocket far = wait_accept(server, listener);
  for (int i = 0; i < 2000; ++i) {
    client.write(near, "ping");
    ASSERT_TRUE(wait_for(far, POLLIN)) << i;
    ASSERT_EQ(server.read(far), "ping");
    server.write(far, "pong");
    ASSERT_TRUE(wait_for(near, POLLIN)) << i;
    ASSERT_EQ(client.read(near), "pong");
  }
}

/// Times that a thread of this process has gone to sleep.
long sleeps_of(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(24));
  }
  return -1;
}

// Nothing to do costs nothing: no timer, and no looking about once it has not paid.
TEST(RunnerEndToEnd, IdleDaemonSleeps) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient server(test::connect_to(directory.socket()));
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = server.open();
  ASSERT_EQ(server.connect(near, loopback(7000)), EINPROGRESS);
  ASSERT_TRUE(wait_accept(server, listener).fd.valid());
  // What is left of the connection's beginning ends some time; what comes again and again does not.
  const pid_t thread = daemon.thread();
  const auto idle = [&] {
    const auto cpu = daemon.cpu_time();
    const long before = sleeps_of(thread);
    EXPECT_GE(before, 0);
    ::poll(nullptr, 0, 500);
    const bool cheap = daemon.cpu_time() - cpu < std::chrono::microseconds{500};  // 0.1 %
    return cheap && sleeps_of(thread) - before <= 1;
  };
  EXPECT_TRUE(std::ranges::any_of(std::views::iota(0, 20), [&](int) { return idle(); }));
}

// req: F1
TEST(RunnerEndToEnd, KilledClientIsNoticed) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient server(test::connect_to(directory.socket()));
  const RawSocket listener = server.open();
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    RawClient client(test::connect_to(directory.socket()));
    const RawSocket near = client.open();
    client.connect(near, loopback(7000));
    wait_for(near, POLLOUT);
    client.write(near, "will");
    ::pause();
  }
  const RawSocket far = wait_accept(server, listener);
  ASSERT_TRUE(wait_for(far, POLLIN));
  EXPECT_EQ(server.read(far), "will");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  pollfd entry{.fd = far.fd.get(), .events = POLLRDHUP, .revents = 0};
  EXPECT_EQ(::poll(&entry, 1, 1000), 1);
}

// req: F31
TEST(RunnerControl, WrongSizesAndDescriptorsCutOff) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient good(test::connect_to(directory.socket()));
  const RawSocket socket = good.open();
  for (const std::size_t size : {std::size_t{1}, sizeof(ipc::Request) - 1, std::size_t{4096}}) {
    const ipc::Fd control(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, directory.socket().c_str(), directory.socket().size());
    const void* generic = &address;
    ASSERT_EQ(::connect(control.get(), static_cast<const sockaddr*>(generic), sizeof(address)), 0);
    const std::vector<std::byte> junk(size);
    const std::array<int, 4> fds{0, 1, 2, control.get()};
    ASSERT_EQ(ipc::send_message(control.get(), junk, fds, 0), 0);
    std::byte octet{};
    const auto incoming = ipc::receive_message(control.get(), std::span(&octet, 1), 0);
    EXPECT_NE(incoming.delivery, ipc::Delivery::complete);
  }
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::report);
  EXPECT_EQ(good.ask(request).error, 0);
  EXPECT_EQ(poll_now(socket.fd.get()), POLLOUT);
}

// req: ACL-1
TEST(RunnerControl, SocketIsForOwnerAndGroup) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  struct stat facts {};
  ASSERT_EQ(::stat(directory.socket().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0660U);
}

// req: F5
TEST(RunnerControl, ClientsOfAUserAreLimited) {
  const Directory directory;
  Config config = config_for(directory);
  config.host.quota.clients = 2;
  Daemon daemon(config);
  const RawClient one(test::connect_to(directory.socket()));
  const RawClient two(test::connect_to(directory.socket()));
  const test::Transport three = test::connect_to(directory.socket());
  ipc::Request hello;
  hello.header.op = static_cast<std::uint16_t>(ipc::Op::hello);
  const int error = three(hello).reply.error;
  EXPECT_TRUE(error == EMFILE || error == ECONNABORTED) << error;
}

// req: F32
TEST(RunnerStart, SecondDaemonGivesUpForNow) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  EXPECT_EQ(start_status(config_for(directory)), EX_TEMPFAIL);
  const RawClient client(test::connect_to(directory.socket()));  // the first is undisturbed
}

// req: F32
TEST(RunnerStart, StaleSocketIsReplacedButNothingElse) {
  const Directory directory;
  const ipc::Fd stale(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, directory.socket().c_str(), directory.socket().size());
  const void* generic = &address;
  ASSERT_EQ(::bind(stale.get(), static_cast<const sockaddr*>(generic), sizeof(address)), 0);
  EXPECT_EQ(start_status(config_for(directory)), 0);
  std::filesystem::remove(directory.socket());
  std::ofstream(directory.socket()) << "precious";
  EXPECT_EQ(start_status(config_for(directory)), EX_CANTCREAT);
  EXPECT_TRUE(std::filesystem::is_regular_file(directory.socket()));
}

TEST(RunnerStart, WhatCannotWorkHasItsOwnStatus) {
  const Directory directory;
  Config config = config_for(directory);
  config.device = "bogus:";
  EXPECT_EQ(start_status(config), EX_CONFIG);
  config = config_for(directory);
  config.device = "packet:nosuch0";
  EXPECT_EQ(start_status(config), EX_UNAVAILABLE);
  config = config_for(directory);
  config.socket_path = "/nonexistent/zsockd.sock";
  EXPECT_EQ(start_status(config), EX_CANTCREAT);
  config = config_for(directory);
  config.addresses = {*wire::Cidr::parse("224.0.0.1/24")};
  EXPECT_EQ(start_status(config), EX_CONFIG);
  config = config_for(directory);
  config.gateways = {*wire::IpAddress::parse("198.51.100.1")};
  EXPECT_EQ(start_status(config), EX_CONFIG);
}

// req: F7
TEST(RunnerStop, DrainsThenResets) {
  const Directory directory;
  Daemon daemon(config_for(directory));
  RawClient client(test::connect_to(directory.socket()));
  const RawSocket listener = client.open();
  ASSERT_EQ(client.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(client.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  ASSERT_TRUE(wait_for(near, POLLOUT));
  EXPECT_EQ(daemon.end(), 0);
  EXPECT_NE(poll_now(near.fd.get()) & POLLERR, 0);
  EXPECT_FALSE(std::filesystem::exists(directory.socket()));
}

}  // namespace
}  // namespace zsock::host
