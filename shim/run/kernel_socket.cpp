#include "shim/run/kernel_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cstddef>

#include "shim/policy.h"

namespace zsock::run {
namespace {

struct Option {
  int level;
  int name;
};

constexpr std::array kCarried{
    Option{SOL_SOCKET, SO_REUSEADDR},  Option{SOL_SOCKET, SO_REUSEPORT},
    Option{SOL_SOCKET, SO_KEEPALIVE},  Option{SOL_SOCKET, SO_BROADCAST},
    Option{SOL_SOCKET, SO_LINGER},     Option{SOL_SOCKET, SO_RCVTIMEO},
    Option{SOL_SOCKET, SO_SNDTIMEO},   Option{IPPROTO_TCP, TCP_NODELAY},
    Option{IPPROTO_IPV6, IPV6_V6ONLY},
};

}  // namespace

void carry_options(const OptionReader& from, const OptionWriter& to) {
  for (const Option& option : kCarried) {
    alignas(8) std::array<std::byte, 32> value{};
    socklen_t length = value.size();
    if (from(option.level, option.name, value.data(), &length) == 0) {
      to(option.level, option.name, value.data(), length);
    }
  }
}

bool is_kernels(const Name& name) {
  return shim::has_rules() && shim::kernel_serves(name.address(), name.length);
}

bool hand_to_kernel(const Listener& listener, const Ask& ask, const Kind& kind,
                    const OptionReader& options) {
  const ipc::Fd fresh(::socket(kind.domain, kind.type | SOCK_CLOEXEC, kind.protocol));
  if (!fresh.valid()) return false;
  carry_options(options, [&](int level, int name, const void* value, socklen_t length) {
    ::setsockopt(fresh.get(), level, name, value, length);
  });
  if (!may_wait(ask.fd.get())) ::fcntl(fresh.get(), F_SETFL, O_NONBLOCK);
  const Place place = Processes::place(ask.call.thread, ask.call.integer(0));
  if (listener.put(ask.call, fresh.get(), place) != 0) return false;
  if (shim::debugging) shim::say("socket %d goes to the kernel by policy", place.number);
  return true;
}

}  // namespace zsock::run
