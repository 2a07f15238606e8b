/// \file
/// Between files and sockets. What the kernel moves by itself needs octets in the descriptor:
/// stream mode. sendfile() is frequent enough to be read and sent.

#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
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
  ssize_t sent = 1;
  while (sent > 0 && static_cast<size_t>(total) < count) {
    sent = send_piece(out, in, position + total, count - static_cast<size_t>(total));
    if (sent > 0) total += sent;
  }
  position += total;
  if (offset != nullptr) {
    *offset = position;
  } else if (total > 0) {
    ::lseek(in, position, SEEK_SET);
  }
  return total > 0 ? total : sent;
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

FILE* fdopen(int fd, const char* mode) noexcept {
  lib::open_to_others(fd);
  return next.fdopen(fd, mode);
}

}  // extern "C"
#pragma GCC visibility pop
