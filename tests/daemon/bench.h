#pragma once
/// \file
/// Bench: everything of zsockd but control socket, signals and clock: a Service over a device in
/// memory, driven turn by turn in time of the test's own.

#include <chrono>
#include <functional>
#include <list>
#include <memory>

#include "daemon/link.h"
#include "daemon/service.h"
#include "daemon/session.h"
#include "tests/daemon/raw_client.h"

namespace zsock::host::test {

/// A configuration that needs no file.
Config plain_config();

class Bench {
 public:
  explicit Bench(const Config& config = plain_config());
  /// \param shard  outlives it; nullptr: it is alone
  Bench(const Config& config, std::unique_ptr<drivers::Device> device, Shard* shard);

  /// Opens what other shards have for this one.
  void open_mail();
  /// A client with a session of its own. Credentials: process 100 and up.
  RawClient client(uid_t user = 1000);
  /// Requests of a new session that has not said hello.
  Transport session(uid_t user = 1000);
  /// A copy of this descriptor goes beside the next request of any session.
  void enclose(int fd);
  /// Ends the session of the n-th client that was made.
  void end_session(std::size_t n);

  /// One turn of the loop; true: more to do.
  bool turn();
  /// Turns until nothing is left to do at this instant.
  void settle();
  /// Lets time pass, deadline by deadline.
  void pass(Duration time);
  /// Time goes by without a turn.
  void skip(Duration time) { now_ += time; }
  /// Turns and time until the condition holds, at most ten seconds.
  bool until(const std::function<bool()>& condition);

  [[nodiscard]] Service& service() { return *service_; }
  [[nodiscard]] Link& link() { return *link_; }
  [[nodiscard]] Instant now() const { return now_; }

 private:
  Config config_;
  SeededRng rng_{1};
  ipc::Fd enclosed_{};
  Shard* shard_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Link> link_;
  std::list<std::unique_ptr<Session>> sessions_{};
  Instant now_{std::chrono::seconds{1000}};
};

/// Two connected sockets of two clients over the loopback inside the stack.
struct ConnectedPair {
  explicit ConnectedPair(Bench& bench, std::uint16_t port = 7777);
  RawClient server;
  RawClient client;
  RawSocket listener;
  RawSocket far;   ///< the server's
  RawSocket near;  ///< the client's
};

}  // namespace zsock::host::test
