#pragma once
/// \file
/// A scripted zsockd in a thread of the test process: control socket, one arena, sockets that the
/// test steers as the network would.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"
#include "tests/libzsock/fake_socket.h"

namespace zsock::test {

/// What the test wants instead of the default answer.
enum class Manner {
  normal,
  hang_up,     ///< close the session instead of answering
  wrong_size,  ///< an answer of other size
  wrong_magic,
  wrong_sequence,
  surplus_fds,  ///< four descriptors that nobody asked for
};

class FakeDaemon {
 public:
  /// Serves at a path of its own, which ZSOCKD_SOCKET names from now on.
  FakeDaemon();
  /// Serves at a given path (a restarted daemon).
  explicit FakeDaemon(const std::string& path);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Socket by slot; the newest one.
  FakeSocket& at(std::uint32_t slot);
  FakeSocket& newest();
  /// By the inode of the application's end; nullptr: none.
  FakeSocket* find(ino_t inode);
  /// Makes an established connection for a listener and hands it over.
  FakeSocket& offer_connection(FakeSocket& listener);

  /// The next answers are given in this manner.
  void behave(Manner manner);
  /// Asked first for each request; what it returns is the errno of the reply (0: an empty success).
  using Answerer = std::function<std::optional<int>(const ipc::Request&)>;
  void answer_with(Answerer answerer);
  /// What Op::name_servers tells.
  void set_name_servers(std::string text, std::int32_t families = ipc::kHasIpv4 | ipc::kHasIpv6);
  /// Dies as if killed: every descriptor closed at once, nothing told.
  void vanish();

  [[nodiscard]] std::size_t count(ipc::Op op) const;  ///< requests so far
  [[nodiscard]] ipc::Request last(ipc::Op op) const;
  [[nodiscard]] std::uint64_t doorbells() const;
  /// Pretends not to sleep, so that clients do not ring.
  void stay_awake();

 private:
  struct Outgoing {
    ipc::Reply reply{};
    std::vector<int> fds;
    std::vector<ipc::Fd> owned;  ///< closed after the reply is sent
  };

  void start();
  void share_memory();
  void run();
  void accept_session();
  bool serve(int session);
  void answer(int session, const ipc::Request& request);
  Outgoing handle(const ipc::Request& request);
  void handle_socket(const ipc::Request& request, Outgoing& out);
  void handle_one_of_several(Outgoing& out);
  void handle_on_socket(const ipc::Request& request, Outgoing& out);
  void serve_slot(std::uint32_t number);
  void send(int session, Outgoing& out, Manner manner);
  void scan_dirty();
  FakeSocket& make_socket(Kind kind);

  mutable std::recursive_mutex mutex_;
  std::string path_;
  ipc::Fd listener_;
  ipc::Fd stop_;
  ipc::Fd doorbell_;
  ipc::Fd status_memory_;
  ipc::Fd data_memory_;
  ipc::Fd segment_memory_;
  FakeMemory memory_;
  ipc::ArenaTicket ticket_;
  std::vector<ipc::Fd> sessions_;
  std::vector<std::unique_ptr<FakeSocket>> sockets_;
  std::vector<ipc::Request> requests_;
  std::map<std::pair<int, int>, std::vector<std::uint8_t>> options_;
  std::map<std::uint32_t, ipc::Address> local_;
  std::map<std::uint32_t, ipc::Address> peer_;
  std::string name_servers_;
  std::int32_t families_ = ipc::kHasIpv4 | ipc::kHasIpv6;
  Manner manner_ = Manner::normal;
  Answerer answerer_;
  std::uint64_t doorbells_ = 0;
  bool awake_ = false;
  std::jthread thread_;
};

}  // namespace zsock::test
