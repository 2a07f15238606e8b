#pragma once
/// \file
/// Session: one control connection. A request comes in, a call into the stack is made, a reply goes
/// out. Knows nothing of how they travel.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "daemon/client.h"
#include "daemon/service.h"
#include "daemon/sockopt.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// A reply and the descriptors that go beside it.
struct Answer {
  ipc::Reply reply{};
  std::array<int, ipc::kMaxFds> fds{};
  std::size_t fd_count = 0;
  std::array<ipc::Fd, ipc::kMaxFds> kept{};  ///< new sockets' descriptors until the answer is sent

  void give(ipc::Fd fd) {
    fds[fd_count] = fd.get();
    kept[fd_count++] = std::move(fd);
  }
};

class Session {
 public:
  /// \param service  outlives the session
  Session(Service& service, const Credentials& who);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Nothing: the request is malformed, the client is cut off.
  /// \param passed  the descriptor beside it; only stream and adopt have one (others: -1); the
  /// caller's
  std::optional<Answer> answer(const ipc::Request& request, Instant now, int passed = -1);
  /// The client has done what is not to be forgiven.
  void cut_off(const char* why, Instant now);
  /// False when its client has been cut off.
  [[nodiscard]] bool welcome() const;
  /// It has an arena.
  [[nodiscard]] bool begun() const { return client_.has_value(); }

 private:
  void begin(const ipc::Request& request, Answer& answer);
  void hello(const ipc::Request& request, Answer& answer);
  void attach(const ipc::Request& request, Answer& answer);
  void adopt(Answer& answer);
  void on_client(Client& client, const ipc::Request& request, Answer& answer, Instant now);
  void on_socket(Client& client, const ipc::Request& request, Answer& answer, Instant now);
  static void show_arena(const Arena& arena, Answer& answer);
  static int map_segment(Client& client, const ipc::Request& request, Answer& answer);
  int open(Client& client, const ipc::Request& request, Answer& answer);
  int open_several(Client& client, const ipc::Request& request, Answer& answer);
  int call(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
           Instant now);
  void take_indices(Client& client, Socket& socket, Instant now);
  int bind(Client& client, Socket& socket, const ipc::Request& request);
  int listen(Client& client, Socket& socket, const ipc::Request& request, Instant now);
  int connect(Client& client, Socket& socket, const ipc::Request& request, Instant now);
  int stream(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
             Instant now);
  int disconnect(Client& client, Socket& socket, Answer& answer, Instant now);
  int shutdown(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
               Instant now);
  int renew_end(Client& client, Socket& socket, Answer& answer, Instant now);
  int name(const Socket& socket, ipc::Op which, Answer& answer);
  int get_option(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
                 Instant now);
  int take_queued_error(const Socket& socket, Answer& answer);
  int report(Client& client, const ipc::Request& request, Answer& answer);
  int watch(Client& client, const ipc::Request& request, Answer& answer);
  void name_servers(Answer& answer);
  int take_rings(Client& client, Socket& socket);
  int set_option(Client& client, Socket& socket, const ipc::Request& request, Instant now);
  int grow(Client& client, Socket& socket, const ipc::Request& request, Instant now);
  int prepare_to_send(Client& client, Socket& socket, const ipc::Request& request, Instant now);
  [[nodiscard]] bool may_bind(std::uint16_t port) const;

  Service* service_;
  Credentials who_;
  SocketOptionTable options_;
  std::optional<ClientId> client_{};
  int passed_ = -1;       ///< beside the request that is being answered
  std::string report_{};  ///< what is being read in parts
};

}  // namespace zsock::host
