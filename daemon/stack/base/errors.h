#pragma once
/// \file
/// What a socket call, or the life of a socket, can come to. libzsock/ipc/errors.h maps each to one
/// errno.

#include <cstdint>

namespace zsock {

enum class SockError : std::uint8_t {
  none,
  would_block,
  in_progress,
  already,
  is_connected,
  not_connected,
  invalid,
  address_in_use,
  address_not_available,
  address_required,
  family_not_supported,
  protocol_not_supported,
  protocol_error,
  option_not_supported,  ///< ENOPROTOOPT
  operation_not_supported,
  not_permitted,  ///< EPERM
  access_denied,  ///< EACCES
  network_down,
  network_unreachable,
  host_unreachable,
  host_down,       ///< EHOSTDOWN: ICMP "destination host unknown"
  not_on_network,  ///< ENONET: ICMP "source host isolated"
  connection_refused,
  connection_reset,
  connection_aborted,
  timed_out,
  broken_pipe,
  message_too_long,
  no_buffers,
  no_memory,
  too_many_files,
  no_device,
  bad_descriptor,  ///< the id names no socket of the caller
};

}  // namespace zsock
