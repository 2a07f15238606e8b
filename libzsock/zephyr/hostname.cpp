/// \file
/// The name that firmware gives itself.

#include <zephyr/net/hostname.h>

#include <cerrno>
#include <cstring>

extern "C" {
// Zephyr's CONFIG_NET_HOSTNAME. A program that defines it has a stronger one.
extern const char* zsock_hostname;
__attribute__((weak, visibility("default"))) const char* zsock_hostname = "zephyr";
}

const char* net_hostname_get(void) {
  return zsock_hostname;
}

int zsock_gethostname(char* buf, size_t len) {
  if (buf == nullptr) {
    errno = EINVAL;
    return -1;
  }
  const std::size_t size = std::strlen(zsock_hostname) + 1;
  std::memset(buf, 0, len);
  std::memcpy(buf, zsock_hostname, size < len ? size : len);
  return 0;
}
