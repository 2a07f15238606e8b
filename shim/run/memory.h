#pragma once
/// \file
/// What a system call's pointers point to, in the memory of the thread that makes it. Everything is
/// read once, into copies; what the program does to its memory meanwhile harms itself only. Errors
/// are negative errno values.

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zsock::run {

/// All of it, or false.
bool read_memory(pid_t thread, std::uint64_t from, std::span<std::byte> to);
bool write_memory(pid_t thread, std::uint64_t to, std::span<const std::byte> from);

template <class T>
std::optional<T> load(pid_t thread, std::uint64_t from) {
  T value{};
  if (!read_memory(thread, from, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
  return value;
}
template <class T>
bool store(pid_t thread, std::uint64_t to, const T& value) {
  return write_memory(thread, to, std::as_bytes(std::span(&value, 1)));
}

/// A socket's address and how much of it there is.
struct Name {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* address() const {
    return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
  }
  /// For a call that fills it and sets the length.
  [[nodiscard]] sockaddr* room() {
    length = sizeof(storage);
    return static_cast<sockaddr*>(static_cast<void*>(&storage));
  }
  bool operator==(const Name& other) const;
};

/// As bind() takes it. Errors: -EFAULT, -EINVAL.
int read_name(pid_t thread, std::uint64_t from, socklen_t length, Name& name);
/// As accept() gives it: cut to what stands at `length`, which becomes the whole length. Does
/// nothing where `to` is 0. Errors: -EFAULT, -EINVAL.
int write_name(pid_t thread, const Name& name, std::uint64_t to, std::uint64_t length);

/// What sendmsg() and recvmsg() are given.
struct Message {
  msghdr header{};  ///< the program's pointers
  std::vector<iovec> pieces{};
  std::size_t octets = 0;  ///< of all pieces
};

/// Errors: -EFAULT, -EMSGSIZE more than 1024 pieces, -EINVAL too many octets.
int read_message(pid_t thread, std::uint64_t from, Message& message);
/// The octets that lie in the pieces. False: not all of them are there.
bool gather(pid_t thread, std::span<const iovec> pieces, std::span<std::byte> octets);
/// The octets go into the pieces, as far as there is room.
bool scatter(pid_t thread, std::span<const iovec> pieces, std::span<const std::byte> octets);

}  // namespace zsock::run
