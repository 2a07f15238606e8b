#include "shim/run/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace zsock::run {
namespace {

// Of Linux 6.6; Debian 12's headers are older.
constexpr unsigned long kSetFlags = _IOW('!', 4, std::uint64_t);
constexpr std::uint64_t kWakeOnSameCpu = 1;

std::size_t notification_size() {
  seccomp_notif_sizes sizes{};
  const long known = ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
  const std::size_t ours = sizeof(seccomp_notif);
  return known == 0 ? std::max<std::size_t>(ours, sizes.seccomp_notif) : ours;
}

}  // namespace

Listener::Listener(ipc::Fd fd) : fd_(std::move(fd)), notification_(notification_size()) {
  // Whoever is asked takes over the CPU of whoever waits for it. Older kernels do not know it.
  if (fd_.valid()) ::ioctl(fd_.get(), kSetFlags, kWakeOnSameCpu);
}

std::optional<Call> Listener::receive() {
  std::ranges::fill(notification_, std::byte{});
  if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, notification_.data()) != 0) return std::nullopt;
  seccomp_notif told{};
  std::memcpy(&told, notification_.data(), sizeof(told));
  Call call;
  call.id = told.id;
  call.thread = static_cast<pid_t>(told.pid);
  call.number = told.data.nr;
  std::ranges::copy(told.data.args, call.arguments.begin());
  return call;
}

bool Listener::waits(const Call& call) const {
  return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0;
}

bool Listener::answer(const Call& call, std::int64_t result) const {
  return result < 0 ? send(call, 0, static_cast<int>(result), 0) : send(call, result, 0, 0);
}

void Listener::let_through(const Call& call) const {
  send(call, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

bool Listener::send(const Call& call, std::int64_t value, int error, std::uint32_t flags) const {
  seccomp_notif_resp response{.id = call.id, .val = value, .error = error, .flags = flags};
  return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

std::int64_t Listener::answer_with(const Call& call, int fd, bool close_on_exec) const {
  seccomp_notif_addfd added{.id = call.id,
                            .flags = SECCOMP_ADDFD_FLAG_SEND,
                            .srcfd = static_cast<std::uint32_t>(fd),
                            .newfd = 0,
                            .newfd_flags = close_on_exec ? std::uint32_t{O_CLOEXEC} : 0};
  const int number = ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &added);
  return number >= 0 ? number : -errno;
}

int Listener::put(const Call& call, int fd, Place place) const {
  seccomp_notif_addfd added{.id = call.id,
                            .flags = SECCOMP_ADDFD_FLAG_SETFD,
                            .srcfd = static_cast<std::uint32_t>(fd),
                            .newfd = static_cast<std::uint32_t>(place.number),
                            .newfd_flags = place.close_on_exec ? std::uint32_t{O_CLOEXEC} : 0};
  return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &added) >= 0 ? 0 : errno;
}

}  // namespace zsock::run
