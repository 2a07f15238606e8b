#include "libzsock/destinations.h"

#include <array>
#include <atomic>
#include <cstring>

namespace zsock::lib {
namespace {

constexpr std::size_t kEntries = 4096;
std::array<std::atomic<std::uint64_t>, kEntries> entries{};  // fingerprints; 0: nothing

std::uint64_t mix(std::uint64_t sum, std::uint64_t word) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  sum = (sum ^ word) * kOdd;
  return sum ^ (sum >> 29U);
}

std::uint64_t fingerprint(const Socket& socket, const ipc::Address& to, std::uint64_t detail) {
  std::array<std::uint64_t, 2> octets{};
  std::memcpy(octets.data(), to.octets.data(), sizeof(octets));
  std::uint64_t sum =
      mix(socket.arena->number() ^ detail, (std::uint64_t{socket.generation} << 32U) | socket.slot);
  sum = mix(sum, octets[0]);
  sum = mix(sum, octets[1]);
  return mix(sum, (std::uint64_t{to.scope} << 8U) | to.family) | 1U;
}

}  // namespace

std::uint64_t mix_detail(std::uint64_t detail, std::uint64_t word) {
  return mix(detail, word);
}

bool may_send_to(const Socket& socket, const ipc::Address& to, std::uint64_t detail) {
  const std::uint64_t mark = fingerprint(socket, to, detail);
  return entries[(mark >> 8U) % kEntries].load(std::memory_order_relaxed) == mark;
}

void remember_destination(const Socket& socket, const ipc::Address& to, std::uint64_t detail) {
  const std::uint64_t mark = fingerprint(socket, to, detail);
  entries[(mark >> 8U) % kEntries].store(mark, std::memory_order_relaxed);
}

}  // namespace zsock::lib
