#pragma once
/// \file
/// A socket whose address is the kernel's by policy (shim/policy.h) becomes one of the kernel's,
/// under the same number.

#include <functional>

#include "shim/run/ask.h"
#include "shim/run/memory.h"
#include "shim/run/processes.h"

namespace zsock::run {

struct Kind {
  int domain = 0;
  int type = 0;
  int protocol = 0;
};

/// getsockopt() on the socket that is replaced: 0 or a negative errno.
using OptionReader = std::function<int(int level, int name, void* value, socklen_t* length)>;

/// The policy gives this address to the kernel.
bool is_kernels(const Name& name);
/// Puts a socket of the kernel's in the place of the program's. False: it could not be made.
bool hand_to_kernel(const Listener& listener, const Ask& ask, const Kind& kind,
                    const OptionReader& options);

}  // namespace zsock::run
