/// \file
/// getsockopt and setsockopt. zsockd implements an option, keeps it where that is harmless, or
/// refuses it with Linux' errno; a refusal is told once per option where ZSOCK_DEBUG is set.

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// True once per option. When the table is full, no more.
bool first_refusal(int level, int name) {
  static std::array<std::atomic<std::uint64_t>, 64> told{};
  const std::uint64_t key =
      (std::uint64_t{1} << 63) | (std::uint64_t(unsigned(level)) << 31) | unsigned(name);
  for (std::atomic<std::uint64_t>& place : told) {
    std::uint64_t known = 0;
    if (place.compare_exchange_strong(known, key)) return true;
    if (known == key) return false;
  }
  return false;
}

int noted(const char* call, int level, int name, int result) {
  if (result < 0 && debugging && first_refusal(level, name)) {
    say("%s: level %d, option %d is refused: %s", call, level, name, ::strerrorname_np(errno));
  }
  return result;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int getsockopt(int fd, int level, int name, void* value, socklen_t* length) noexcept {
  if (!ours(fd)) return next.getsockopt(fd, level, name, value, length);
  const int result = zs_getsockopt(fd, level, name, value, length);
  return traced("getsockopt", fd, noted("getsockopt", level, name, result));
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t length) noexcept {
  if (!ours(fd)) return next.setsockopt(fd, level, name, value, length);
  const int result = zs_setsockopt(fd, level, name, value, length);
  return traced("setsockopt", fd, noted("setsockopt", level, name, result));
}

}  // extern "C"
#pragma GCC visibility pop
