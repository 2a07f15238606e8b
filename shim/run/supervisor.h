#pragma once
/// \file
/// Supervisor: answers the socket calls of programs that nothing can be preloaded into
/// (docs/shim.md): their TCP sockets carry octets in their descriptors, their datagram sockets have
/// relays here. One thread; no call keeps another waiting. What a program says is hostile: it harms
/// itself only.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "shim/run/ask.h"
#include "shim/run/datagrams.h"
#include "shim/run/processes.h"
#include "shim/run/streams.h"

namespace zsock::run {

class Supervisor {
 public:
  explicit Supervisor(ipc::Fd listener);
  /// To be watched for a turn: readable when there is something to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  /// How long the owner may sleep, ms; -1: for ever.
  [[nodiscard]] int patience() const;
  /// Does what there is to do. False: every supervised program has ended.
  bool turn();
  /// After that: true once nothing is left to send, too.
  bool settle() { return datagrams_.settle(); }

 private:
  struct Waiting {
    Ask ask{};
    Outcome outcome{};  ///< Kind::wait
    bool watched = false;
  };
  using Key = std::uint64_t;

  void take_call();
  void pump(ino_t inode);
  Outcome attempt(Ask& ask);
  Outcome open(const Call& call);
  void proceed(Ask ask);
  void conclude(Ask& ask, const Outcome& outcome);
  void put_aside(Ask ask, const Outcome& outcome);
  void retry(Key key, bool hung_up);
  void retry_all_of(ino_t inode);
  Waiting take_out(Key key);
  void look_at_waiting();
  [[nodiscard]] std::optional<std::int64_t> end_of(const Waiting& waiting, std::int64_t now) const;

  ipc::Fd epoll_;
  Listener listener_;
  Processes processes_{};
  Streams streams_;
  Datagrams datagrams_;
  std::unordered_map<Key, Waiting> waiting_{};
  Key last_key_ = 0;
  std::int64_t next_look_ = 0;  ///< ns; when calls that wait are looked at, if there are any
};

}  // namespace zsock::run
