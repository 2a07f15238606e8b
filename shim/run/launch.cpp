#include "shim/run/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "libzsock/ipc/channel.h"
#include "shim/policy.h"
#include "shim/run/filter.h"
#include "shim/run/status.h"
#include "shim/run/supervisor.h"

namespace zsock::run {
namespace {

using ipc::Fd;

constexpr int kSettlingTime = 1000;  // ms

struct Pipe {
  Fd out{};  ///< to read from
  Fd in{};
};

Pipe make_pipe() {
  std::array<int, 2> fds{-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) std::perror("zsock-run");
  return {Fd(fds[0]), Fd(fds[1])};
}

/// What one process tells another: a kind and a number.
struct Note {
  enum class Kind : int { listening, supervised, failed, refused, started, ended };
  Kind kind{};
  int value = 0;
};

void tell(const Fd& to, Note::Kind kind, int value) {
  const Note note{kind, value};
  if (::write(to.get(), &note, sizeof(note)) < 0) return;  // nobody listens any more
}

/// False: whoever could tell something is gone.
bool hear(const Fd& from, Note& note) {
  ssize_t size = -1;
  do {
    size = ::read(from.get(), &note, sizeof(note));
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof(note));
}

sigset_t handed_on() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
    ::sigaddset(&signals, number);
  }
  return signals;
}

// --- The program -------------------------------------------------------------------------------

/// Becomes the program, once the supervisor has the listener.
[[noreturn]] void become(char** command, const Pipe& report, const Pipe& go,
                         const sigset_t& signals) {
  const int listener = install_filter();
  if (listener >= 0) tell(report.in, Note::Kind::listening, listener);
  if (listener == -EBUSY) tell(report.in, Note::Kind::supervised, 0);
  if (listener < 0 && listener != -EBUSY) tell(report.in, Note::Kind::failed, -listener);
  Note note;
  if (hear(go.out, note)) {
    ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
    ::execvp(command[0], command);
    tell(report.in, Note::Kind::refused, errno);
  }
  ::_exit(kCannotRun);
}

// --- The supervisor ----------------------------------------------------------------------------

/// The listener, out of the program. Invalid: errno says why.
Fd fetch(pid_t program, int number) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, program, 0)));
  if (!handle.valid()) return {};
  return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), number, 0)));
}

/// Nothing of what was inherited is kept open, but for standard error. \param kept  every
/// descriptor that somebody owns here
void let_go_of_descriptors(const std::vector<int>& kept) {
  Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(nothing.get(), STDOUT_FILENO);
  nothing.reset();
  std::vector<int> open;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename().string();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    open.push_back(number);
  }
  for (const int fd : open) {
    if (fd > STDERR_FILENO && std::ranges::find(kept, fd) == kept.end()) ::close(fd);
  }
}

void prepare_to_supervise(const std::vector<int>& kept) {
  for (const int number :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTOU, SIGTTIN, SIGPIPE, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_IGN);
  }
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0) {
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &most);
  }
  ::signal(SIGCHLD, SIG_DFL);
  let_go_of_descriptors(kept);
}

class Watch {
 public:
  explicit Watch(pid_t program) : program_(program) {
    sigset_t children;
    ::sigemptyset(&children);
    ::sigaddset(&children, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &children, nullptr);
    children_.reset(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void report_to(Fd parent) { to_parent_ = std::move(parent); }
  [[nodiscard]] bool program_lives() const { return program_ > 0; }

  /// Sleeps until a child has ended, the parent has, or fd is readable.
  void sleep(int fd, int patience) {
    const short none = 0;
    std::array<pollfd, 3> entries{{{.fd = children_.get(), .events = POLLIN, .revents = none},
                                   {.fd = to_parent_.get(), .events = none, .revents = none},
                                   {.fd = fd, .events = POLLIN, .revents = none}}};
    if (::poll(entries.data(), entries.size(), patience) <= 0) return;
    if (entries[0].revents != 0) reap();
    // Killed in such a way that it could not hand the signal on.
    if (entries[1].revents != 0 && program_lives()) {
      ::kill(program_, SIGKILL);
      to_parent_.reset();
    }
  }

 private:
  void reap() {
    signalfd_siginfo ignored{};
    while (::read(children_.get(), &ignored, sizeof(ignored)) > 0) {
    }
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, WNOHANG);
      if (ended <= 0) return;
      if (ended != program_) continue;
      program_ = -1;
      tell(to_parent_, Note::Kind::ended, status);
      to_parent_.reset();
      // Whoever reads our caller's standard error is not to wait for what it has left behind.
      const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!shim::tracing) ::dup2(nothing.get(), STDERR_FILENO);
    }
  }

  pid_t program_;  ///< -1: it has ended
  Fd to_parent_{};
  Fd children_{};
};

/// Until nobody is left to be supervised.
void serve(Watch& watch, Fd listener) {
  Supervisor supervisor(std::move(listener));
  while (supervisor.turn()) watch.sleep(supervisor.fd(), supervisor.patience());
  for (int i = 0; i < kSettlingTime && !supervisor.settle(); ++i) ::poll(nullptr, 0, 1);
}

/// What the program has come to before it is one.
Note begin(pid_t program, const Pipe& report, Pipe go, Fd& listener) {
  Note note;
  if (!hear(report.out, note)) return {Note::Kind::failed, ECHILD};
  if (note.kind == Note::Kind::failed) return note;
  if (note.kind == Note::Kind::listening) {
    listener = fetch(program, note.value);
    if (!listener.valid()) return {Note::Kind::failed, errno};
  }
  tell(go.in, Note::Kind::started, 0);
  // The report ends when the program has become one.
  return hear(report.out, note) ? note : Note{Note::Kind::started, program};
}

int be_supervisor(char** command, Fd to_parent, const sigset_t& signals) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  Pipe report = make_pipe();
  Pipe go = make_pipe();
  const pid_t program = ::fork();
  if (program == 0) {
    go.in.reset();
    become(command, report, go, signals);
  }
  if (program < 0) {
    tell(to_parent, Note::Kind::failed, errno);
    return kOwnFailure;
  }
  report.in.reset();
  go.out.reset();
  prepare_to_supervise({to_parent.get(), report.out.get(), go.in.get()});
  Watch watch(program);
  Fd listener;
  const Note begun = begin(program, report, std::move(go), listener);
  tell(to_parent, begun.kind, begun.value);
  if (begun.kind != Note::Kind::started) return kOwnFailure;
  watch.report_to(std::move(to_parent));
  if (listener.valid()) serve(watch, std::move(listener));
  while (watch.program_lives()) watch.sleep(-1, -1);
  return 0;
}

// --- The process that was called ---------------------------------------------------------------

/// A terminal's signals reach the program as they reach us.
void hand_on(int signals, pid_t program) {
  signalfd_siginfo signal{};
  if (::read(signals, &signal, sizeof(signal)) != sizeof(signal)) return;
  if (signal.ssi_code <= 0 && program > 0) ::kill(program, static_cast<int>(signal.ssi_signo));
}

/// Ends as the program has ended.
int end_like(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int number = WTERMSIG(status);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(number, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
  ::raise(number);
  return 128 + number;
}

int explain_failure(const char* program, const Note& note) {
  const char* reason = ::strerrordesc_np(note.value);
  if (note.kind == Note::Kind::refused) {
    std::fprintf(stderr, "zsock-run: %s: %s\n", program, reason);
    return note.value == ENOENT ? kNotFound : kCannotRun;
  }
  std::fprintf(stderr, "zsock-run: the system does not let it be supervised: %s\n", reason);
  return kOwnFailure;
}

int wait_for_program(const char* name, const Fd& notes, const Fd& signals) {
  pid_t program = -1;
  for (;;) {
    std::array<pollfd, 2> entries{{{.fd = notes.get(), .events = POLLIN, .revents = 0},
                                   {.fd = signals.get(), .events = POLLIN, .revents = 0}}};
    if (::poll(entries.data(), entries.size(), -1) < 0) continue;
    if (entries[1].revents != 0) hand_on(signals.get(), program);
    if (entries[0].revents == 0) continue;
    Note note;
    if (!hear(notes, note)) {
      std::fprintf(stderr, "zsock-run: the supervisor is gone\n");
      return kOwnFailure;
    }
    if (note.kind == Note::Kind::started) {
      program = note.value;
    } else {
      return note.kind == Note::Kind::ended ? end_like(note.value) : explain_failure(name, note);
    }
  }
}

}  // namespace

int supervise(char** command) {
  Pipe notes = make_pipe();
  const sigset_t taken = handed_on();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &taken, &before);
  const pid_t supervisor = ::fork();
  if (supervisor < 0) {
    std::perror("zsock-run");
    return kOwnFailure;
  }
  if (supervisor == 0) {
    notes.out.reset();
    return be_supervisor(command, std::move(notes.in), before);
  }
  notes.in.reset();
  const Fd signals(::signalfd(-1, &taken, SFD_CLOEXEC));
  return wait_for_program(command[0], notes.out, signals);
}

}  // namespace zsock::run
