#include "shim/passing.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "shim/shim.h"

namespace zsock::shim {
namespace {

template <class Use>
void each_passenger(const msghdr* message, Use use) {
  if (message == nullptr || message->msg_control == nullptr) return;
  // The macros want what they do not change to be changeable.
  auto* headers = const_cast<msghdr*>(message);
  for (cmsghdr* control = CMSG_FIRSTHDR(headers); control != nullptr;
       control = CMSG_NXTHDR(headers, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= control->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + (at - CMSG_LEN(0)), sizeof(fd));
      use(fd);
    }
  }
}

}  // namespace

void open_passengers(const msghdr* message) {
  const int saved = errno;
  each_passenger(message, [](int fd) { lib::open_to_others(fd); });
  errno = saved;
}

void adopt_passengers(const msghdr* message) {
  const int saved = errno;
  each_passenger(message, [](int fd) { lib::adopt(fd); });
  errno = saved;
}

}  // namespace zsock::shim
