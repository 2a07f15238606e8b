#include "shim/run/memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace zsock::run {
namespace {

constexpr std::size_t kMaxPieces = UIO_MAXIOV;
constexpr std::size_t kMaxOctets = 0x7ffff000;  // Linux' limit for one call

/// A pointer of the program's, for a system call that takes it as one.
void* as_pointer(std::uint64_t value) {
  return reinterpret_cast<void*>(value);  // NOLINT: never followed here
}

iovec here(std::span<const std::byte> octets) {
  return {const_cast<std::byte*>(octets.data()), octets.size()};
}

/// The first so many octets of the pieces.
std::vector<iovec> first_of(std::span<const iovec> pieces, std::size_t octets) {
  std::vector<iovec> some;
  for (const iovec& piece : pieces) {
    if (octets == 0) break;
    const std::size_t part = std::min(piece.iov_len, octets);
    if (part != 0) some.push_back({piece.iov_base, part});
    octets -= part;
  }
  return some;
}

}  // namespace

bool read_memory(pid_t thread, std::uint64_t from, std::span<std::byte> to) {
  if (to.empty()) return true;
  const iovec local = here(to);
  const iovec remote{as_pointer(from), to.size()};
  return ::process_vm_readv(thread, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(to.size());
}

bool write_memory(pid_t thread, std::uint64_t to, std::span<const std::byte> from) {
  if (from.empty()) return true;
  const iovec local = here(from);
  const iovec remote{as_pointer(to), from.size()};
  return ::process_vm_writev(thread, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(from.size());
}

bool Name::operator==(const Name& other) const {
  return length == other.length && std::memcmp(&storage, &other.storage, length) == 0;
}

int read_name(pid_t thread, std::uint64_t from, socklen_t length, Name& name) {
  if (length > sizeof(name.storage)) return -EINVAL;
  const auto room = std::as_writable_bytes(std::span(&name.storage, 1)).first(length);
  if (!read_memory(thread, from, room)) return -EFAULT;
  name.length = length;
  return 0;
}

int write_name(pid_t thread, const Name& name, std::uint64_t to, std::uint64_t length) {
  if (to == 0) return 0;
  const auto room = load<int>(thread, length);
  if (!room) return -EFAULT;
  if (*room < 0) return -EINVAL;
  const auto octets = std::as_bytes(std::span(&name.storage, 1)).first(name.length);
  const auto some = octets.first(std::min(octets.size(), static_cast<std::size_t>(*room)));
  return write_memory(thread, to, some) && store(thread, length, name.length) ? 0 : -EFAULT;
}

int read_message(pid_t thread, std::uint64_t from, Message& message) {
  const auto header = load<msghdr>(thread, from);
  if (!header) return -EFAULT;
  if (header->msg_iovlen > kMaxPieces) return -EMSGSIZE;
  message.header = *header;
  message.pieces.resize(header->msg_iovlen);
  const auto pieces = std::as_writable_bytes(std::span(message.pieces));
  const auto place = reinterpret_cast<std::uintptr_t>(header->msg_iov);  // NOLINT: the program's
  if (!read_memory(thread, place, pieces)) return -EFAULT;
  message.octets = 0;
  for (const iovec& piece : message.pieces) {
    if (piece.iov_len > kMaxOctets - message.octets) return -EINVAL;
    message.octets += piece.iov_len;
  }
  return 0;
}

bool gather(pid_t thread, std::span<const iovec> pieces, std::span<std::byte> octets) {
  if (octets.empty()) return true;
  const std::vector<iovec> remote = first_of(pieces, octets.size());
  const iovec local = here(octets);
  return ::process_vm_readv(thread, &local, 1, remote.data(), remote.size(), 0) ==
         static_cast<ssize_t>(octets.size());
}

bool scatter(pid_t thread, std::span<const iovec> pieces, std::span<const std::byte> octets) {
  const std::vector<iovec> remote = first_of(pieces, octets.size());
  if (remote.empty()) return true;
  std::size_t room = 0;
  for (const iovec& piece : remote) room += piece.iov_len;
  const iovec local = here(octets.first(room));
  return ::process_vm_writev(thread, &local, 1, remote.data(), remote.size(), 0) ==
         static_cast<ssize_t>(room);
}

}  // namespace zsock::run
