/// \file
/// Attributes of POSIX threads that firmware makes: its stacks are too small for the host.

#include <pthread.h>

#include <algorithm>
#include <cstddef>

namespace {

constexpr std::size_t kLeastStack = std::size_t{256} * 1024;

}  // namespace

extern "C" {
__attribute__((visibility("default"))) int zsock_posix_attr_setstack(pthread_attr_t* attributes,
                                                                     void* stack, size_t size);
__attribute__((visibility("default"))) int zsock_posix_attr_setstacksize(pthread_attr_t* attributes,
                                                                         size_t size);
}

int zsock_posix_attr_setstack(pthread_attr_t* attributes, void* stack, size_t size) {
  if (size >= kLeastStack) return pthread_attr_setstack(attributes, stack, size);
  return pthread_attr_setstacksize(attributes, kLeastStack);
}

int zsock_posix_attr_setstacksize(pthread_attr_t* attributes, size_t size) {
  return pthread_attr_setstacksize(attributes, std::max(size, kLeastStack));
}
