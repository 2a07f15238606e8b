#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "shim/shim.h"

namespace zsock::shim {
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

}  // namespace

bool tracing = false;
bool debugging = false;

void say(const char* format, ...) {
  const int saved = errno;
  std::array<char, 512> line{};
  const int head = std::snprintf(line.data(), line.size(), "zsock[%d]: ", ::getpid());
  auto used = static_cast<std::size_t>(std::max(head, 0));
  std::va_list arguments;
  va_start(arguments, format);
  const int body = std::vsnprintf(line.data() + used, line.size() - used - 1, format, arguments);
  va_end(arguments);
  used = std::min(used + static_cast<std::size_t>(std::max(body, 0)), line.size() - 2);
  line[used++] = '\n';
  // In the preload object this is the C library's as well (shim/core_calls.cpp).
  if (::write(STDERR_FILENO, line.data(), used) < 0) errno = saved;
  errno = saved;
}

void trace_line(const char* call, int fd, long result) {
  const int error = errno;
  if (result >= 0) {
    say("%s(%d) = %ld", call, fd, result);
  } else {
    say("%s(%d) = -1 %s", call, fd, ::strerrorname_np(error));
  }
}

void note_refusal(const char* call, int level, int name) {
  if (!debugging || !first_refusal(level, name)) return;
  say("%s: level %d, option %d is refused: %s", call, level, name, ::strerrorname_np(errno));
}

}  // namespace zsock::shim
