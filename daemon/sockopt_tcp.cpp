/// \file
/// Options of streams that are more than a number in a range: Fast Open (tcp(7), RFC 7413) and the
/// highest rate (socket(7)).

#include <cerrno>
#include <cstring>

#include "daemon/outcome.h"
#include "daemon/sockopt.h"

namespace zsock::host {

/// TCP_FASTOPEN is for listeners and what may become one, TCP_FASTOPEN_CONNECT for who may connect.
/// \return 0 or an errno
int SocketOptionTable::check_fast_open(const Socket& socket, Option option) const {
  const bool connect = option == Option::fast_open_connect;
  if (!connect && option != Option::fast_open_queue) return 0;
  if (connect && !context_.config.stack.tcp.fast_open_client()) return EOPNOTSUPP;
  const auto status = context_.stack.status(socket.id);
  const bool idle = status && !status->connecting && !status->connected;
  return idle && !(connect && status->listening) ? 0 : EINVAL;
}

/// SO_MAX_PACING_RATE in 32 or 64 bits.
int SocketOptionTable::set_rate(Socket& socket, ByteView value, Instant now) {
  std::uint32_t narrow = 0;
  std::uint64_t rate = 0;
  if (value.size() < sizeof(narrow)) return EINVAL;
  if (value.size() >= sizeof(rate)) {
    std::memcpy(&rate, value.data(), sizeof(rate));
  } else {
    std::memcpy(&narrow, value.data(), sizeof(narrow));
    rate = narrow == ~0U ? tcp::Pacer::kUnlimited : narrow;
  }
  return to_errno(context_.stack.set_option(socket.id, Option::pacing_limit,
                                            static_cast<std::int64_t>(rate), now));
}

}  // namespace zsock::host
