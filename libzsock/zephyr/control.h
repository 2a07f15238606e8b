#pragma once
/// \file
/// Ancillary data: the host's form, as zs_recvmsg() gives it, and Zephyr's. Levels, types and
/// contents have the same numbers and layouts; headers have not.

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

/// Writes the control data of `from` into the buffer of `to`, sets its msg_controllen to what is
/// used, and ZSOCK_MSG_CTRUNC in its msg_flags if not all has room.
void control_from_native(const msghdr& from, net_msghdr& to);

/// Writes what the native call knows of the control data of `from` into the buffer of `to` and sets
/// its msg_controllen to what is used. The rest is left out, as on the target. \return 0, or
/// EINVAL: a length is none, or there is more than room for
int control_to_native(const net_msghdr& from, msghdr& to);

}  // namespace zsock::zephyr
