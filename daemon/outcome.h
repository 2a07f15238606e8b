#pragma once
/// \file
/// What the stack says of a call, as the errno that a reply carries.

#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/result.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {

/// \return 0 or a positive errno
inline int to_errno(const Status<SockError>& outcome) {
  return outcome ? 0 : ipc::to_errno(outcome.error());
}

}  // namespace zsock::host
