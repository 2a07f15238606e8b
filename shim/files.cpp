/// \file
/// Between files and sockets. What the kernel moves by itself needs octets in the descriptor:
/// stream mode. sendfile() is frequent enough to be read and sent.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstddef>

#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge
namespace lib = zsock::lib;

namespace {

/// Sends one piece of the file from its position. \return octets sent; 0: the file's end
ssize_t send_piece(int out, int in, off_t position, size_t most) {
  std::array<std::byte, 32768> piece;  // NOLINT: filled by pread()
  const ssize_t read = ::pread(in, piece.data(), std::min(most, piece.size()), position);
  if (read <= 0) return read;
  return zs_send(out, piece.data(), static_cast<size_t>(read), 0);
}

/// As Linux: what was sent before an error counts; the position moves by what was sent.
ssize_t send_file(int out, int in, off_t* offset, size_t count) {
  off_t position = offset != nullptr ? *offset : ::lseek(in, 0, SEEK_CUR);
  if (position < 0) {
    errno = EINVAL;
    return -1;
  }
  ssize_t total = 0;
  ssize_t sent = 0;
  while (static_cast<size_t>(total) < count) {
    sent = send_piece(out, in, position + total, count - static_cast<size_t>(total));
    if (sent <= 0) break;
    total += sent;
  }
  position += total;
  if (offset != nullptr) {
    *offset = position;
  } else if (total > 0) {
    ::lseek(in, position, SEEK_SET);
  }
  return total > 0 ? total : sent;
}

/// dprintf() of a socket in ring mode, or of datagrams.
int print(int fd, const char* format, std::va_list arguments) {
  char* text = nullptr;
  const int size = ::vasprintf(&text, format, arguments);
  if (size < 0) return -1;
  int written = 0;
  ssize_t step = 0;
  do {
    step = zs_write(fd, text + written, static_cast<size_t>(size - written));
    if (step > 0) written += static_cast<int>(step);
  } while (step > 0 && written < size);
  const int error = errno;
  ::free(text);
  errno = error;
  return step < 0 ? -1 : written;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

ssize_t sendfile(int out, int in, off_t* offset, size_t count) noexcept {
  if (!ours(out)) return next.sendfile(out, in, offset, count);
  return traced("sendfile", out, send_file(out, in, offset, count));
}

ssize_t sendfile64(int out, int in, off64_t* offset, size_t count) noexcept {
  return sendfile(out, in, offset, count);
}

ssize_t splice(int in, off64_t* in_offset, int out, off64_t* out_offset, size_t size,
               unsigned flags) {
  lib::open_to_others(in);
  lib::open_to_others(out);
  return next.splice(in, in_offset, out, out_offset, size, flags);
}

/// The C library writes what it has formatted by itself.
int vdprintf(int fd, const char* format, std::va_list arguments) {
  if (!ours(fd) || lib::is_in_stream_mode(fd)) return next.vdprintf(fd, format, arguments);
  return traced("dprintf", fd, print(fd, format, arguments));
}

int dprintf(int fd, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int result = vdprintf(fd, format, arguments);
  va_end(arguments);
  return result;
}

/// What the checked calls of _FORTIFY_SOURCE forbid is forbidden to others.
int __vdprintf_chk(int fd, int /*checks*/, const char* format, std::va_list arguments) {
  return vdprintf(fd, format, arguments);
}

int __dprintf_chk(int fd, int /*checks*/, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  const int result = vdprintf(fd, format, arguments);
  va_end(arguments);
  return result;
}

FILE* fdopen(int fd, const char* mode) noexcept {
  lib::open_to_others(fd);
  return next.fdopen(fd, mode);
}

}  // extern "C"
#pragma GCC visibility pop
