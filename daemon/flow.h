#pragma once
/// \file
/// Flow: the words in shared memory, both ways: what the application has published goes to the
/// stack, what the stack has to say goes to the slot and the descriptor (docs/ipc.md).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/client.h"
#include "daemon/context.h"
#include "daemon/sockets.h"
#include "daemon/stream_mode.h"

namespace zsock::host {

enum class Verdict : std::uint8_t {
  good,
  more,       ///< the budget is used up: look again in the next turn
  violation,  ///< the client contradicts itself
};

class Flow {
 public:
  Flow(const Context& context, Sockets& sockets)
      : context_(context), sockets_(&sockets), stream_mode_(context, sockets) {}

  /// Takes the application's indices, once each, and tells the stack. \param octets  of text that
  /// may still be taken in this turn; counted down
  Verdict take_indices(Client& client, Socket& socket, std::size_t& octets, Instant now);
  /// The same without a budget, before what must not overtake data (shutdown, close).
  Verdict take_all_indices(Client& client, Socket& socket, Instant now);
  /// Serves want_token and want_room.
  void answer_wishes(Client& client, Socket& socket);
  [[nodiscard]] StreamMode& stream_mode() { return stream_mode_; }
  /// Shows what has become of the socket; wakes whoever waits for it. A reader that looks by itself
  /// is owed its token: it may die, or leave something.
  void publish(Client& client, Socket& socket, Instant now);

  /// Sockets whose readers are owed a token.
  [[nodiscard]] std::vector<Owner>& owed() { return owed_; }
  enum class Patience : std::uint8_t { some, none };
  /// Sends an owed token once the reader has left something for longer than it looks. True: nothing
  /// is owed any more.
  bool settle(Client& client, Socket& socket, Patience patience, Instant now);

 private:
  /// MSG_MORE, as the newest octets have it.
  void hold_more(Socket& socket, bool more, Instant now);
  bool publish_error(Client& client, Socket& socket);
  void publish_words(Client& client, Socket& socket, const Shown& shown);
  void begin_plain(Client& client, Socket& socket, Instant now);
  static void settle_connect(Client& client, Socket& socket);
  void wake_reader(Client& client, Socket& socket, Instant now);
  static bool something_to_read(const Client& client, const Socket& socket);
  void send_token(Client& client, Socket& socket);
  void give_room(Client& client, Socket& socket);

  Context context_;
  Sockets* sockets_;
  std::vector<Owner> owed_{};
  StreamMode stream_mode_;
};

}  // namespace zsock::host
