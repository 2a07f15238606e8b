#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <unistd.h>

#include <algorithm>
#include <array>

#include "shim/shim.h"

namespace zsock::shim {

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

}  // namespace zsock::shim
