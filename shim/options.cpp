/// \file
/// getsockopt and setsockopt. zsockd implements an option, keeps it where that is harmless, or
/// refuses it with Linux' errno; a refusal is told once per option where ZSOCK_DEBUG is set.

#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

int noted(const char* call, int level, int name, int result) {
  if (result < 0) note_refusal(call, level, name);
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
