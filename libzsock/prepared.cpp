#include "libzsock/prepared.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace zsock::lib {
namespace {

constexpr int kHighFd = 1000;                // out of the way of the program's numbers
constexpr std::uint32_t kMany = 4;           // opens
constexpr std::int64_t kHurry = 50'000'000;  // ns in which they happen
constexpr std::size_t kFew = 2;              // left: time to ask for more

}  // namespace

bool PreparedSockets::opened(std::int32_t family, std::int64_t now) {
  if (family != family_ || now - hurry_since_ > kHurry) {
    hurry_since_ = now;
    hurried_ = 0;
  }
  if (family != family_) clear();
  family_ = family;
  return ++hurried_ >= kMany && count_ <= kFew;
}

void PreparedSockets::put(std::int32_t family, std::span<ipc::Fd> fds,
                          std::span<const std::uint8_t> names) {
  for (std::size_t i = 0; i < fds.size() && count_ < fds_.size(); ++i) {
    ipc::SocketName name;
    if (family != family_ || (i + 1) * sizeof(name) > names.size()) break;
    std::memcpy(&name, &names[i * sizeof(name)], sizeof(name));
    const int high = ::fcntl(fds[i].get(), F_DUPFD_CLOEXEC, kHighFd);
    if (high < 0) break;
    names_.at(count_) = name;
    fds_.at(count_).store(high, std::memory_order_relaxed);
    ++count_;
  }
  for (ipc::Fd& fd : fds) fd.reset();
}

PreparedSockets::One PreparedSockets::take(std::int32_t family) {
  if (family != family_ || count_ == 0) return {};
  const ipc::Fd kept(fds_.at(count_ - 1).load(std::memory_order_relaxed));
  One one{.fd = ipc::Fd(::fcntl(kept.get(), F_DUPFD_CLOEXEC, 0)), .name = names_.at(count_ - 1)};
  fds_.at(--count_).store(-1, std::memory_order_relaxed);
  return one;
}

void PreparedSockets::clear() {
  while (count_ > 0) {
    const ipc::Fd closed(fds_.at(--count_).exchange(-1, std::memory_order_relaxed));
  }
}

int PreparedSockets::owned_from(int first) const {
  int lowest = -1;
  for (const std::atomic<int>& place : fds_) {
    const int fd = place.load(std::memory_order_relaxed);
    if (fd >= first && fd >= 0 && (lowest < 0 || fd < lowest)) lowest = fd;
  }
  return lowest;
}

}  // namespace zsock::lib
