#pragma once
/// \file
/// connect() and accept().

#include <sys/socket.h>

#include "libzsock/socket.h"

namespace zsock::lib {

enum class Opening : std::uint8_t {
  usual,
  with_text,  ///< MSG_FASTOPEN: where the server's cookie is known, what is written first goes
              ///< along
};

/// connect(), with Linux' answers in each state. \return 0 or the negative errno
/// \param flags  MSG_DONTWAIT: as on a socket that does not wait
int connect_socket(const Socket& socket, const sockaddr* address, socklen_t length, int flags = 0,
                   Opening opening = Opening::usual);

/// accept4(). \return the connection's descriptor or the negative errno
int accept_connection(const Socket& listener, sockaddr* address, socklen_t* length, int flags);

/// The first connection in a listener's queue, where it stays until drop_offered().
struct Offered {
  int error = 0;  ///< an errno, EAGAIN: there is none; or 0
  ipc::Fd fd{};
  Socket connection{};  ///< what it has from its listener is set
  ipc::Address remote{};
};
/// For whoever speaks for the listener's holder (open_plain_stream()). Does not wait.
Offered look_at_offered(const Socket& listener);
/// It is about to be handed over, or could not be: closed by its holder, it ends as an accepted
/// connection does, or is reset.
void count_as_taken(const Socket& listener, const Offered& offered);
void count_as_left(const Offered& offered);
/// It has been handed over.
void drop_offered(const Socket& listener);

}  // namespace zsock::lib
