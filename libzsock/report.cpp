/// \file
/// What zsockd tells as text.

#include <zsock/interface.h>
#include <zsock/zsock.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libzsock/client.h"

namespace zsock::lib {
namespace {

constexpr std::int32_t kInterface = 2;
constexpr std::int32_t kWatch = -1;  ///< in place of a part

Answer ask_for_part(std::int32_t part) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::report);
  request.a = kInterface;
  request.b = part;
  return Client::instance().request(request);
}

}  // namespace
}  // namespace zsock::lib

int zs_watch_interface(void) {
  zsock::lib::Answer answer = zsock::lib::ask_for_part(zsock::lib::kWatch);
  if (answer.error == 0 && answer.fd_count == 1) return answer.fds[0].release();
  errno = answer.error != 0 ? answer.error : EPROTO;
  return -1;
}

ssize_t zs_interface(char* text, size_t size) {
  std::size_t used = 0;
  std::size_t total = 0;
  std::int32_t part = 0;
  do {
    const zsock::lib::Answer answer = zsock::lib::ask_for_part(part++);
    if (answer.error != 0) {
      errno = answer.error;
      return -1;
    }
    total = static_cast<std::size_t>(std::max(answer.reply.a, 0));
    const std::size_t octets =
        std::min<std::size_t>(answer.reply.value_size, size - std::min(size, used + 1));
    if (answer.reply.value_size == 0) break;
    std::memcpy(text + used, answer.reply.value.data(), octets);
    used += octets;
  } while (used < total && used + 1 < size);
  if (size > 0) text[used] = '\0';
  return static_cast<ssize_t>(total);
}
