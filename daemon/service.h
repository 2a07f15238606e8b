#pragma once
/// \file
/// Service: all clients and their sockets over one Stack, apart from how control messages come in
/// and how the loop sleeps. The event loop calls it in turns; sessions call it in between.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/acceptor.h"
#include "daemon/client.h"
#include "daemon/config.h"
#include "daemon/connector.h"
#include "daemon/context.h"
#include "daemon/flow.h"
#include "daemon/interface_watch.h"
#include "daemon/quota.h"
#include "daemon/shards.h"
#include "daemon/sockets.h"
#include "daemon/stack/base/rng.h"
#include "daemon/watch_set.h"
#include "drivers/device.h"

namespace zsock::host {

class Service {
 public:
  /// \param config, rng, shard  outlive the service. shard: nullptr: it is alone
  Service(const Config& config, Rng& rng, Shard* shard = nullptr);

  [[nodiscard]] Context context() { return {stack_, *quota_, watch_, *config_, shard_}; }
  [[nodiscard]] Shard* shard() const { return shard_; }
  /// Where datagram sockets are, and all that is the interface's.
  [[nodiscard]] bool is_first_shard() const { return shard_ == nullptr || shard_->number() == 0; }
  [[nodiscard]] Stack& stack() { return stack_; }
  [[nodiscard]] const Stack& stack() const { return stack_; }
  [[nodiscard]] const Config& config() const { return *config_; }
  /// What the stack's interface is on; without a name before a Link has one.
  [[nodiscard]] const drivers::DeviceInfo& device() const { return device_; }
  void set_device(const drivers::DeviceInfo& device) { device_ = device; }
  [[nodiscard]] Quota& quota() { return *quota_; }
  [[nodiscard]] Sockets& sockets() { return sockets_; }
  [[nodiscard]] Flow& flow() { return flow_; }
  [[nodiscard]] Acceptor& acceptor() { return acceptor_; }
  [[nodiscard]] Connector& connector() { return connector_; }
  [[nodiscard]] InterfaceWatch& interface_watch() { return interface_watch_; }

  // --- Clients ---------------------------------------------------------------------------------
  /// A new arena with one session. Errors: no_buffers (quota), too_many_files.
  /// \param ticket  of its arenas in other shards; none: this is the first
  Result<ClientId, SockError> make_client(const Credentials& who,
                                          const std::optional<ipc::ArenaTicket>& ticket = {});
  /// One more session for the arena that the ticket names. Errors: access_denied.
  Result<ClientId, SockError> join(const ipc::ArenaTicket& ticket, const Credentials& who);
  /// One more session for a client.
  static ClientId join(Client& client);
  /// Has a copy of a listener of another shard's made, or changed.
  void take_listener(ListenerMail& mail);
  /// What opens the shard's mail. Set by the loop, called whenever what others have done must not
  /// be missed.
  std::function<void(Instant now)> open_mail = [](Instant) {};
  /// A session has ended.
  void leave(ClientId id);
  /// Null: no such client, or it has been cut off.
  [[nodiscard]] Client* find(ClientId id);
  [[nodiscard]] std::size_t client_count() const { return clients_.size(); }
  /// Resets all connections of a client that has broken the rules. One log line.
  void cut_off(Client& client, const char* why, Instant now);
  /// Resets everything of everybody.
  void abort_all(Instant now);

  // --- The loop's turn, in this order ------------------------------------------------------------
  /// Looks for signals, a bounded number, and sleeps up to `longest` if there are none.
  /// True: there may be more.
  bool gather_signals(Duration longest = {});
  /// Keys of the loop's own descriptors that something has happened to.
  [[nodiscard]] std::vector<std::uint64_t>& own_signals() { return own_; }
  /// Serves the hang-ups and doorbells that have been gathered.
  void take_signals(Instant now);
  /// Gathers and serves; what is the loop's own stays for it.
  void catch_up(Instant now);
  /// What the stack has to tell; listeners are served at once.
  void take_events(Instant now);
  /// What clients have marked, within the budget of a turn each.
  void serve_clients(Instant now);
  /// Shows the sockets that something has happened to.
  void publish(Instant now);
  /// Is there anything to do without waiting?
  [[nodiscard]] bool busy() const;
  /// Tells all clients that doorbells are needed from now on. False: one of them has just marked
  /// something.
  bool fall_asleep(Instant now);
  /// While more clients than these are at work none may look for what it waits for: they would
  /// keep each other from the CPUs.
  void set_lookers(std::size_t most) { lookers_ = most; }
  /// How much was done for clients so far: signals and marks.
  [[nodiscard]] std::uint64_t served() const { return served_; }
  /// The loop's own descriptors may be watched here as well, with keys of client 0.
  [[nodiscard]] WatchSet& watch() { return watch_; }
  /// Counters as text, the shard's own included.
  [[nodiscard]] std::string counters_report() const;
  /// Clients cut off so far.
  [[nodiscard]] std::uint64_t cut_offs() const { return cut_offs_; }

  /// The socket is worth a look before the turn ends.
  void touch(Client& client, Socket& socket);

 private:
  void wake(Client& client, Instant now);
  void rest_idle(Instant now);
  void limit_looking();
  void show_limit(Client& client) const;
  void on_signal(const WatchSet::Event& event, Instant now);
  void on_event(const SocketEvent& event, Instant now);
  bool serve(Client& client, Instant now);
  bool serve_slot(Client& client, Socket& socket, std::size_t& octets, Instant now);
  void feed_listeners(Client& client, Instant now);
  void settle_tokens(Flow::Patience patience, Instant now);
  void bury_clients(Instant now);
  void reap_detached(Instant now);

  Client* find(const ipc::ArenaTicket& ticket, uid_t user);

  const Config* config_;
  Rng* rng_;
  Shard* shard_;
  Stack stack_;
  drivers::DeviceInfo device_{};
  std::unique_ptr<Quota> own_quota_;  ///< unless it is all shards'
  Quota* quota_;
  WatchSet watch_;
  Sockets sockets_;
  Flow flow_;
  Acceptor acceptor_;
  Connector connector_;
  InterfaceWatch interface_watch_;
  std::unordered_map<ClientId, std::unique_ptr<Client>> clients_{};
  ClientId last_id_ = 0;
  std::vector<ClientId> awake_{};
  std::vector<Owner> touched_{};
  std::vector<WatchSet::Event> signals_{};  ///< gathered, of clients
  std::vector<std::uint64_t> own_{};        ///< gathered, of the loop
  std::uint64_t served_ = 0;
  std::uint64_t cut_offs_ = 0;
  std::size_t lookers_ = 2;
  bool crowded_ = false;    ///< more clients are awake than may look
  Instant idle_checked_{};  ///< when the awake were last gone through
  Instant reaped_{};
  std::vector<ClientId> leaving_{};  ///< perhaps nothing of theirs is left
};

}  // namespace zsock::host
