#include "shim/run/filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zsock::run {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
/// i386's socketcall() and socket().
constexpr std::array<std::uint32_t, 2> kForeignSockets{102, 359};
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
/// 32-bit ARM's socket().
constexpr std::array<std::uint32_t, 1> kForeignSockets{281};
#else
#error "zsock-run knows the system calls of x86-64 and AArch64"
#endif

/// Calls that may be about a socket of ours whatever their arguments.
constexpr std::array kAsked{
    SYS_bind,        SYS_listen,      SYS_accept,     SYS_accept4,    SYS_connect,
    SYS_getsockname, SYS_getpeername, SYS_setsockopt, SYS_getsockopt, SYS_shutdown,
    SYS_sendmsg,     SYS_recvmsg,     SYS_sendmmsg,   SYS_recvmmsg,
};

constexpr std::uint32_t offset_of_argument(unsigned n) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + n * sizeof(std::uint64_t));
}

constexpr sock_filter load(std::uint32_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}
constexpr sock_filter give(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}
/// Skips so many instructions unless the word is this value.
constexpr sock_filter unless(std::uint32_t value, std::uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}
constexpr sock_filter unless_any_bit(std::uint32_t bits, std::uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip);
}

constexpr std::uint32_t kAsk = SECCOMP_RET_USER_NOTIF;
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;

class Program {
 public:
  Program() {
    foreign();
    code_.push_back(load(offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
    // x32: the same numbers with a bit on top.
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1));
    code_.push_back(give(SECCOMP_RET_ERRNO | ENOSYS));
#endif
    for (const long number : kAsked) when(number, {give(kAsk)});
    when(SYS_socket, {load(offset_of_argument(0)), unless(AF_INET, 1), give(kAsk),
                      unless(AF_INET6, 1), give(kAsk), give(kAllow)});
    // With an address; or asking for errors, which a pair of unix(7) would answer with data.
    when(SYS_sendto, with_address(0));
    when(SYS_recvfrom, with_address(MSG_ERRQUEUE));
    // It makes and connects sockets past every filter.
    when(SYS_io_uring_setup, {give(SECCOMP_RET_ERRNO | ENOSYS)});
    code_.push_back(give(kAllow));
  }

  [[nodiscard]] std::vector<sock_filter>& code() {
    return code_;
  }

 private:
  /// Programs of another instruction set get no internet sockets.
  void foreign() {
    constexpr auto kLength = static_cast<std::uint8_t>(kForeignSockets.size() * 2 + 2);
    code_.push_back(load(offsetof(seccomp_data, arch)));
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, kLength, 0));
    code_.push_back(load(offsetof(seccomp_data, nr)));
    for (const std::uint32_t number : kForeignSockets) {
      code_.push_back(unless(number, 1));
      code_.push_back(give(SECCOMP_RET_ERRNO | EAFNOSUPPORT));
    }
    code_.push_back(give(kAllow));
  }

  /// A block that gives a verdict in every case.
  void when(long number, const std::vector<sock_filter>& block) {
    code_.push_back(
        unless(static_cast<std::uint32_t>(number), static_cast<std::uint8_t>(block.size())));
    code_.insert(code_.end(), block.begin(), block.end());
  }

  /// sendto() and recvfrom(): the address is the fifth argument, the flags are the fourth.
  static std::vector<sock_filter> with_address(std::uint32_t flags) {
    return {load(offset_of_argument(4)),
            unless(0, 5),
            load(offset_of_argument(4) + 4),
            unless(0, 3),
            load(offset_of_argument(3)),
            unless_any_bit(flags, 2),
            give(kAsk),
            give(kAsk),
            give(kAllow)};
  }

  std::vector<sock_filter> code_{};
};

}  // namespace

int install_filter() {
  Program program;
  std::vector<sock_filter>& code = program.code();
  const sock_fprog filter{static_cast<unsigned short>(code.size()), code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
  constexpr unsigned kFlags =
      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  const long listener = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &filter);
  return listener < 0 ? -errno : static_cast<int>(listener);
}

}  // namespace zsock::run
