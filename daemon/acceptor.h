#pragma once
/// \file
/// Acceptor: a listener's connections on their way from the stack into the listener's descriptor,
/// and the spare rings it holds ready for the next one.

#include <cstddef>

#include "daemon/client.h"
#include "daemon/context.h"
#include "daemon/flow.h"
#include "daemon/sockets.h"

namespace zsock::host {

class Acceptor {
 public:
  Acceptor(const Context& context, Sockets& sockets, Flow& flow)
      : context_(context), sockets_(&sockets), flow_(&flow) {}

  /// listen(). Errors: too_many_files (quota), as Stack::listen.
  Status<SockError> listen(Client& client, Socket& socket, std::size_t backlog, Instant now);
  /// Has all other shards listen as well, as this listener does now. Alone: does nothing.
  enum class Occasion : std::uint8_t { begun, changed };
  void show_others(const Client& client, Socket& listener, Occasion occasion);
  /// Another shard's has begun, or changed. False: there is no room for it.
  bool mirror(Client& client, ListenerMail& mail);
  /// Delivers what can be delivered and offers spare rings; called when the stack says
  /// `acceptable`, when the application has taken connections, and when rings have become free.
  Verdict serve(Client& client, Socket& listener, Instant now);

 private:
  static bool take_count(Client& client, Socket& listener);
  [[nodiscard]] std::size_t queue_limit() const;
  void deliver_all(Client& client, Socket& listener, Instant now);
  static bool deliver(Socket& listener, const ipc::AcceptMessage& message, int application);
  void adopt(Client& client, Socket& listener, const Accepted& accepted, Instant now);
  void offer_all(Client& client, Socket& listener);
  bool offer(Client& client, Socket& listener);
  [[nodiscard]] static std::size_t waiting(const Listening& listening);

  Context context_;
  Sockets* sockets_;
  Flow* flow_;
};

/// The form of an endpoint in messages. \param family  of the socket: an IPv6 socket sees IPv4
/// peers as mapped addresses.
ipc::Address to_message(const wire::Endpoint& endpoint, wire::Family family);
/// The same of an entry of the error queue.
ipc::QueuedError to_message(const zsock::QueuedError& entry, wire::Family family);

}  // namespace zsock::host
