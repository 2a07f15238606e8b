#include "shim/run/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace zsock::run {
namespace {

constexpr std::size_t kManyThreads = 4096;
constexpr unsigned kOfThread = O_EXCL;  ///< PIDFD_THREAD, of Linux 6.9

/// The lines "NAME:<space>VALUE" of a file in /proc, numbers all.
class Facts {
 public:
  explicit Facts(const std::string& path) {
    std::ifstream file(path);
    text_ = "\n";
    text_.append(std::istreambuf_iterator<char>(file), {});
  }
  /// 0: there is no such line.
  [[nodiscard]] std::uint64_t number(const std::string& name, int base) const {
    const std::size_t line = text_.find("\n" + name + ":");
    if (line == std::string::npos) return 0;
    return std::strtoull(&text_[line + name.size() + 2], nullptr, base);
  }

 private:
  std::string text_{};
};

Facts status_of(pid_t thread) {
  return Facts("/proc/" + std::to_string(thread) + "/status");
}

bool belongs(pid_t thread, pid_t process) {
  return ::syscall(SYS_tgkill, process, thread, 0) == 0 || errno == EPERM;
}

ipc::Fd copy_of(const ipc::Fd& handle, int number) {
  return ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), number, 0)));
}

bool has_ended(int handle) {
  pollfd entry{.fd = handle, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace

Signals signals_of(pid_t thread) {
  const Facts facts = status_of(thread);
  const std::uint64_t deaf = facts.number("SigBlk", 16) | facts.number("SigIgn", 16);
  if ((facts.number("SigPnd", 16) & ~deaf) != 0) return Signals::own;
  if ((facts.number("ShdPnd", 16) & ~deaf) == 0) return Signals::none;
  const bool first = facts.number("Tgid", 10) == static_cast<std::uint64_t>(thread);
  return first ? Signals::own : Signals::anybodys;
}

ipc::Fd* Processes::handle_of(pid_t thread) {
  auto known = process_of_.find(thread);
  // The number may have become another process's thread.
  if (known == process_of_.end() || !belongs(thread, known->second)) {
    if (process_of_.size() >= kManyThreads) forget_ended();
    const auto process = static_cast<pid_t>(status_of(thread).number("Tgid", 10));
    if (process == 0) return nullptr;
    known = process_of_.insert_or_assign(thread, process).first;
  }
  ipc::Fd& handle = handles_[known->second];
  if (handle.valid() && has_ended(handle.get())) handle.reset();
  if (!handle.valid()) {
    handle.reset(static_cast<int>(::syscall(SYS_pidfd_open, known->second, 0)));
  }
  return handle.valid() ? &handle : nullptr;
}

void Processes::forget_ended() {
  std::erase_if(handles_, [](const auto& entry) {
    return !entry.second.valid() || has_ended(entry.second.get());
  });
  std::erase_if(process_of_, [](const auto& entry) { return !belongs(entry.first, entry.second); });
}

ipc::Fd Processes::descriptor(pid_t thread, int number) {
  const ipc::Fd* handle = number < 0 ? nullptr : handle_of(thread);
  if (handle == nullptr) return {};
  ipc::Fd copy = copy_of(*handle, number);
  // The process's first thread may be gone, or this one have a table of its own.
  if (!copy.valid() && errno == EBADF && process_of_[thread] != thread) {
    const ipc::Fd own(static_cast<int>(::syscall(SYS_pidfd_open, thread, kOfThread)));
    if (own.valid()) copy = copy_of(own, number);
  }
  return copy;
}

Place Processes::place(pid_t thread, int number) {
  const Facts facts("/proc/" + std::to_string(thread) + "/fdinfo/" + std::to_string(number));
  const bool close_on_exec = (facts.number("flags", 8) & O_CLOEXEC) != 0;
  return {.number = number, .close_on_exec = close_on_exec};
}

}  // namespace zsock::run
