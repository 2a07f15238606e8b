#include "libzsock/zephyr/tls_registry.h"

#include <map>
#include <mutex>
#include <utility>

namespace zsock::zephyr {

std::atomic<int> tls_sockets{0};

namespace {

struct Registry {
  std::mutex mutex;
  std::map<int, TlsSocketPointer> all;
};

// Never destroyed: threads may outlive static objects.
Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

}  // namespace

TlsSocketPointer find_tls_in_registry(int fd) {
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().all.find(fd);
  return found == registry().all.end() ? nullptr : found->second;
}

void register_tls(int fd, TlsSocketPointer socket) {
  const std::lock_guard lock(registry().mutex);
  registry().all.insert_or_assign(fd, std::move(socket));
  tls_sockets.store(static_cast<int>(registry().all.size()));
}

void forget_tls(int fd) {
  if (!any_tls()) return;
  const std::lock_guard lock(registry().mutex);
  registry().all.erase(fd);
  tls_sockets.store(static_cast<int>(registry().all.size()));
}

}  // namespace zsock::zephyr
