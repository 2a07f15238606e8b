/// \file
/// What happens before main.

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

namespace zsock::shim {
namespace {

/// Sockets of the image before this one. \param name a decimal number, or not
void adopt_named(const char* name) {
  int fd = 0;
  for (const char* digit = name; *digit != '\0'; ++digit) {
    if (*digit < '0' || *digit > '9') return;
    fd = fd * 10 + (*digit - '0');
  }
  lib::adopt(fd);
}

/// Reads /proc/self/fd with the system call: nothing is allocated.
void adopt_inherited() {
  const int folder = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  alignas(dirent64) std::array<char, 4096> entries{};
  for (;;) {
    const long octets = next.syscall(SYS_getdents64, folder, entries.data(), entries.size());
    if (octets <= 0) break;
    for (long at = 0; at < octets;) {
      const auto* entry = static_cast<const dirent64*>(
          static_cast<const void*>(&entries[static_cast<std::size_t>(at)]));
      adopt_named(static_cast<const char*>(entry->d_name));
      at += entry->d_reclen;
    }
  }
  next.close(folder);
}

/// We are first (-z initfirst), before the C library has an environment; the dynamic linker hands
/// it to us.
[[gnu::constructor]] void start(int, char**, char** variables) {
  resolve_next();
  const Environment environment(variables);
  tracing = environment.is_on(kTraceVariable);
  debugging = tracing || environment.is_on(kDebugVariable);
  read_policy(environment);
  lib::set_socket_path(environment.value(kSocketVariable));
  adopt_inherited();
}

}  // namespace
}  // namespace zsock::shim
