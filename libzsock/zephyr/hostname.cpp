/// \file
/// The name that firmware gives itself.

#include <zephyr/net/hostname.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

extern "C" {
// Zephyr's CONFIG_NET_HOSTNAME. A program that defines it has a stronger one.
extern const char* zsock_hostname;
__attribute__((weak, visibility("default"))) const char* zsock_hostname = "zephyr";
}

namespace {

constexpr std::size_t kLongest = 63;  // RFC 1034 3.1

std::mutex mutex;
// Two by turns: what net_hostname_get() gave stays readable when the name is set anew.
std::array<std::array<char, kLongest + 1>, 2> names;
std::size_t newest = 0;
std::atomic<const char*> chosen{nullptr};

}  // namespace

const char* net_hostname_get(void) {
  const char* const name = chosen.load(std::memory_order_acquire);
  return name != nullptr ? name : zsock_hostname;
}

int net_hostname_set(const char* host_name, size_t len) {
  if (host_name == nullptr || len == 0) return -EINVAL;
  if (len > kLongest) return -ENOMEM;
  const std::lock_guard lock(mutex);
  newest ^= 1;
  names.at(newest) = {};
  std::memcpy(names.at(newest).data(), host_name, len);
  chosen.store(names.at(newest).data(), std::memory_order_release);
  return 0;
}

int zsock_gethostname(char* buf, size_t len) {
  if (buf == nullptr) {
    errno = EINVAL;
    return -1;
  }
  const char* const name = net_hostname_get();
  const std::size_t size = std::strlen(name) + 1;
  std::memset(buf, 0, len);
  std::memcpy(buf, name, size < len ? size : len);
  return 0;
}
