/// \file
/// New program images. What they inherit they may read() and write() without us, so connections go
/// into stream mode first. fork() and its relatives need nothing: descriptors and memory are shared
/// by the kernel.

#include <alloca.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdarg>
#include <cstddef>

#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge
namespace lib = zsock::lib;

namespace {

/// The arguments of execl() and its relatives as an array, on the caller's stack: those may be
/// called in a child of vfork(), where nothing is allocated.
class Listed {
 public:
  Listed(const char* first, std::va_list rest) {
    va_copy(rest_, rest);
    std::va_list counted;
    va_copy(counted, rest);
    count_ = 1;
    for (const char* each = first; each != nullptr; ++count_) each = va_arg(counted, const char*);
    va_end(counted);
  }
  ~Listed() { va_end(rest_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

  [[nodiscard]] std::size_t octets() const { return count_ * sizeof(char*); }
  /// Fills the array, null pointer included. \return it
  char* const* store(void* memory, const char* first) {
    auto** all = static_cast<char**>(memory);
    std::size_t i = 0;
    // exec() does not write to its arguments; its type is older than const.
    for (const char* each = first; each != nullptr; each = va_arg(rest_, const char*)) {
      all[i++] = const_cast<char*>(each);
    }
    all[i] = nullptr;
    return all;
  }
  /// What follows the null pointer: execle()'s environment.
  char* const* environment() { return va_arg(rest_, char* const*); }

 private:
  std::va_list rest_;
  std::size_t count_ = 0;
};

/// What a child of clone() begins with.
struct Beginning {
  int (*function)(void*);
  void* argument;
};

int begin_child(void* beginning) {
  const Beginning first = *static_cast<const Beginning*>(beginning);
  lib::after_fork_in_child();
  return first.function(first.argument);
}

/// Before exec.
void hand_over() {
  lib::open_inherited_to_others(lib::in_borrowed_memory() ? lib::Image::beside
                                                          : lib::Image::instead);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

/// A thread, or a child like vfork()'s, shares memory and with it what is known of sockets; others
/// are children like fork()'s.
int clone(int (*function)(void*), void* stack, int flags, void* argument, ...) noexcept {
  std::va_list rest;
  va_start(rest, argument);
  auto* const parent = va_arg(rest, void*);
  auto* const storage = va_arg(rest, void*);
  auto* const child = va_arg(rest, void*);
  va_end(rest);
  if ((flags & CLONE_VM) != 0) {
    return next.clone(function, stack, flags, argument, parent, storage, child);
  }
  Beginning beginning{function, argument};
  lib::before_fork();
  const int process = next.clone(begin_child, stack, flags, &beginning, parent, storage, child);
  lib::after_fork_in_parent();
  return process;
}

int execve(const char* path, char* const arguments[], char* const environment[]) noexcept {
  hand_over();
  return next.execve(path, arguments, environment);
}

int execv(const char* path, char* const arguments[]) noexcept {
  return execve(path, arguments, environ);
}

int execvpe(const char* file, char* const arguments[], char* const environment[]) noexcept {
  hand_over();
  return next.execvpe(file, arguments, environment);
}

int execvp(const char* file, char* const arguments[]) noexcept {
  return execvpe(file, arguments, environ);
}

int fexecve(int fd, char* const arguments[], char* const environment[]) noexcept {
  hand_over();
  return next.fexecve(fd, arguments, environment);
}

int execveat(int folder, const char* path, char* const arguments[], char* const environment[],
             int flags) noexcept {
  hand_over();
  return next.execveat(folder, path, arguments, environment, flags);
}

int execl(const char* path, const char* argument, ...) noexcept {
  std::va_list rest;
  va_start(rest, argument);
  Listed listed(argument, rest);
  va_end(rest);
  return execv(path, listed.store(alloca(listed.octets()), argument));
}

int execlp(const char* file, const char* argument, ...) noexcept {
  std::va_list rest;
  va_start(rest, argument);
  Listed listed(argument, rest);
  va_end(rest);
  return execvp(file, listed.store(alloca(listed.octets()), argument));
}

int execle(const char* path, const char* argument, ...) noexcept {
  std::va_list rest;
  va_start(rest, argument);
  Listed listed(argument, rest);
  va_end(rest);
  char* const* arguments = listed.store(alloca(listed.octets()), argument);
  return execve(path, arguments, listed.environment());
}

int posix_spawn(pid_t* process, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const arguments[],
                char* const environment[]) {
  lib::open_inherited_to_others(lib::Image::beside);
  return next.posix_spawn(process, path, actions, attributes, arguments, environment);
}

int posix_spawnp(pid_t* process, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const arguments[],
                 char* const environment[]) {
  lib::open_inherited_to_others(lib::Image::beside);
  return next.posix_spawnp(process, file, actions, attributes, arguments, environment);
}

/// The copy is made behind our back, without close-on-exec.
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* actions, int from,
                                     int to) noexcept {
  lib::open_to_others(from);
  return next.spawn_dup2(actions, from, to);
}

}  // extern "C"
#pragma GCC visibility pop
