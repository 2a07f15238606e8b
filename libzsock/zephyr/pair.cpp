#include "libzsock/zephyr/pair.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace zsock::zephyr {

constinit std::array<std::atomic<std::uint64_t>, kMaxPairFd / 64> pair_ends{};

namespace {

constexpr int kBits = 64;

std::uint64_t bit_of(int fd) {
  return std::uint64_t{1} << (static_cast<unsigned>(fd) % kBits);
}
std::atomic<std::uint64_t>& word_of(int fd) {
  return pair_ends[static_cast<std::size_t>(fd) / kBits];
}

}  // namespace

void forget_pair(int fd) {
  if (is_pair(fd)) word_of(fd).fetch_and(~bit_of(fd));
}

}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_socketpair(int family, int type, int proto, int* sv) {
  if (family != NET_AF_LOCAL) return fail(EAFNOSUPPORT);
  if (type != NET_SOCK_STREAM) return fail(EPROTOTYPE);
  if (proto != 0) return fail(EPROTONOSUPPORT);
  if (sv == nullptr) return fail(EFAULT);
  std::array<int, 2> made{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made.data()) < 0) return -1;
  if (made[0] >= kMaxPairFd || made[1] >= kMaxPairFd) {
    ::close(made[0]);
    ::close(made[1]);
    return fail(ENFILE);
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    word_of(made[i]).fetch_or(bit_of(made[i]));
    sv[i] = made[i];
  }
  return 0;
}
