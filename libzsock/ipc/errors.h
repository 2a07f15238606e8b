#pragma once
/// \file
/// SockError and errno: one table for both directions. zsockd answers with errno values.

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/errors.h"

namespace zsock::ipc {

struct ErrorPair {
  SockError error;
  std::int32_t number;  ///< errno
};

/// In the order of SockError, each errno once.
inline constexpr std::array kErrorTable{
    ErrorPair{SockError::none, 0},
    ErrorPair{SockError::would_block, EAGAIN},
    ErrorPair{SockError::in_progress, EINPROGRESS},
    ErrorPair{SockError::already, EALREADY},
    ErrorPair{SockError::is_connected, EISCONN},
    ErrorPair{SockError::not_connected, ENOTCONN},
    ErrorPair{SockError::invalid, EINVAL},
    ErrorPair{SockError::address_in_use, EADDRINUSE},
    ErrorPair{SockError::address_not_available, EADDRNOTAVAIL},
    ErrorPair{SockError::address_required, EDESTADDRREQ},
    ErrorPair{SockError::family_not_supported, EAFNOSUPPORT},
    ErrorPair{SockError::protocol_not_supported, EPROTONOSUPPORT},
    ErrorPair{SockError::protocol_error, EPROTO},
    ErrorPair{SockError::option_not_supported, ENOPROTOOPT},
    ErrorPair{SockError::operation_not_supported, EOPNOTSUPP},
    ErrorPair{SockError::not_permitted, EPERM},
    ErrorPair{SockError::access_denied, EACCES},
    ErrorPair{SockError::network_down, ENETDOWN},
    ErrorPair{SockError::network_unreachable, ENETUNREACH},
    ErrorPair{SockError::host_unreachable, EHOSTUNREACH},
    ErrorPair{SockError::host_down, EHOSTDOWN},
    ErrorPair{SockError::not_on_network, ENONET},
    ErrorPair{SockError::connection_refused, ECONNREFUSED},
    ErrorPair{SockError::connection_reset, ECONNRESET},
    ErrorPair{SockError::connection_aborted, ECONNABORTED},
    ErrorPair{SockError::timed_out, ETIMEDOUT},
    ErrorPair{SockError::broken_pipe, EPIPE},
    ErrorPair{SockError::message_too_long, EMSGSIZE},
    ErrorPair{SockError::no_buffers, ENOBUFS},
    ErrorPair{SockError::no_memory, ENOMEM},
    ErrorPair{SockError::too_many_files, EMFILE},
    ErrorPair{SockError::no_device, ENODEV},
    ErrorPair{SockError::bad_descriptor, EBADF},
};

/// The errno of an error; 0 for none.
constexpr std::int32_t to_errno(SockError error) {
  const auto index = static_cast<std::size_t>(error);
  return index < kErrorTable.size() ? kErrorTable[index].number : EPROTO;
}

/// The error of an errno; an errno that is not in the table becomes protocol_error.
constexpr SockError from_errno(std::int32_t number) {
  for (const ErrorPair& pair : kErrorTable) {
    if (pair.number == number) return pair.error;
  }
  return SockError::protocol_error;
}

/// Every error stands at its own index and comes back from its errno.
constexpr bool table_is_a_bijection() {
  for (std::size_t i = 0; i < kErrorTable.size(); ++i) {
    if (static_cast<std::size_t>(kErrorTable[i].error) != i) return false;
    if (from_errno(kErrorTable[i].number) != kErrorTable[i].error) return false;
  }
  return true;
}
static_assert(kErrorTable.size() == static_cast<std::size_t>(SockError::bad_descriptor) + 1);
static_assert(table_is_a_bijection());

}  // namespace zsock::ipc
