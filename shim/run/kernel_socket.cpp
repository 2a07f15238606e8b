#include "shim/run/kernel_socket.h"

#include <fcntl.h>

#include "shim/policy.h"

namespace zsock::run {
bool is_kernels(const Name& name) {
  return shim::has_rules() && shim::kernel_serves(name.address(), name.length);
}

bool hand_to_kernel(const Listener& listener, const Ask& ask, const Kind& kind,
                    const OptionReader& options) {
  const ipc::Fd fresh(::socket(kind.domain, kind.type | SOCK_CLOEXEC, kind.protocol));
  if (!fresh.valid()) return false;
  shim::carry_options(options, [&](int level, int name, const void* value, socklen_t length) {
    ::setsockopt(fresh.get(), level, name, value, length);
  });
  if (!may_wait(ask.fd.get())) ::fcntl(fresh.get(), F_SETFL, O_NONBLOCK);
  const Place place = Processes::place(ask.call.thread, ask.call.integer(0));
  if (listener.put(ask.call, fresh.get(), place) != 0) return false;
  if (shim::debugging) shim::say("socket %d goes to the kernel by policy", place.number);
  return true;
}

}  // namespace zsock::run
