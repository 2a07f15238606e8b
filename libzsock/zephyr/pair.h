#pragma once
/// \file
/// zsock_socketpair(): two descriptors of the kernel that the zsock_ calls know as theirs.

#include <cstddef>

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

/// Is it an end of a pair?
bool is_pair(int fd);
/// A socket of the stack, or an end of a pair: what zsock_ calls are for.
inline bool is_ours(int fd) {
  return is_pair(fd) || zs_is_socket(fd) != 0;
}
/// The number is another socket's now, or nobody's.
void forget_pair(int fd);

}  // namespace zsock::zephyr
