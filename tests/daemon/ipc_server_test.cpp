/// \file
/// The control socket by itself, turn by turn.

#include "daemon/ipc_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

class IpcServerTest : public testing::Test {
 protected:
  IpcServerTest() {
    std::string name = "/tmp/zsockd-test-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    server_.emplace(io_, service_, directory_ + "/zsockd.sock");
  }
  ~IpcServerTest() override {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// What the loop does about control.
  void turn() {
    io_.restart();  // between two clients it has nothing to wait for
    io_.poll();
    service_.gather_signals();
    for (const std::uint64_t key : service_.own_signals()) server_->note(static_cast<int>(key));
    service_.own_signals().clear();
    server_->serve(now_);
  }

  ipc::Fd connection() {
    ipc::Fd control(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ + "/zsockd.sock";
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const void* generic = &address;
    EXPECT_EQ(::connect(control.get(), static_cast<const sockaddr*>(generic), sizeof(address)), 0);
    return control;
  }
  static void ask(const ipc::Fd& control, ipc::Op op, std::int32_t a = 0, std::int32_t b = 0) {
    ipc::Request request;
    request.header.op = static_cast<std::uint16_t>(op);
    request.a = a;
    request.b = b;
    EXPECT_EQ(ipc::send_message(control.get(), std::as_bytes(std::span(&request, 1)), {}, 0), 0);
  }
  /// The answer, within a few turns.
  ipc::Incoming answer(const ipc::Fd& control) {
    for (int i = 0; i < 10; ++i) {
      turn();
      ipc::Incoming incoming = reply(control);
      if (incoming.delivery == ipc::Delivery::complete) return incoming;
    }
    return {};
  }
  static ipc::Incoming reply(const ipc::Fd& control) {
    ipc::Reply reply;
    return ipc::receive_message(control.get(), std::as_writable_bytes(std::span(&reply, 1)),
                                MSG_DONTWAIT);
  }

  test::Bench bench_{};
  Service& service_ = bench_.service();
  Instant now_ = bench_.now();
  std::string directory_{};
  boost::asio::io_context io_{};
  std::optional<IpcServer> server_{};
};

/// One process asks for what is dear, from many connections at once: devices and rings have their
/// turn all the same, and so has everybody else.
TEST_F(IpcServerTest, DearRequestsDoNotFillATurn) {
  constexpr std::size_t kClients = 40;
  constexpr std::size_t kEach = 8;
  std::vector<ipc::Fd> clients;
  std::vector<ipc::Fd> held;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(connection());
    ask(clients.back(), ipc::Op::hello);
    ASSERT_EQ(answer(clients.back()).fd_count, 3U);
  }
  for (int i = 0; i < 60; ++i) {
    ask(clients[0], ipc::Op::sockets, 4, static_cast<std::int32_t>(ipc::kMaxSockets));
    ipc::Incoming made = answer(clients[0]);
    ASSERT_GT(made.fd_count, 0U);
    for (ipc::Fd& fd : made.fds) {
      if (fd.valid()) held.push_back(std::move(fd));
    }
  }
  std::vector<std::size_t> wanted(kClients, kEach);
  wanted[0] *= 3;
  for (std::size_t i = 0; i < kClients; ++i) {
    for (std::size_t n = 0; n < wanted[i]; ++n) ask(clients[i], ipc::Op::report, 1);
  }
  std::uint64_t before = server_->answered();
  turn();
  EXPECT_GT(server_->answered(), before);
  EXPECT_LT(server_->answered() - before, kClients * kEach / 2);

  std::vector<std::size_t> answered(kClients);
  for (int i = 0; i < 1000 && answered != wanted; ++i) {
    for (std::size_t n = 0; n < kClients; ++n) {
      while (reply(clients[n]).delivery == ipc::Delivery::complete) ++answered[n];
    }
    if (answered.back() == 0) {
      EXPECT_LE(answered[0], kEach) << "others wait";
    }
    turn();
  }
  EXPECT_EQ(answered, wanted);
}

}  // namespace
}  // namespace zsock::host
