#include "libzsock/shared_lock.h"

#include <pthread.h>

#include <cerrno>
#include <new>

namespace zsock::lib {
namespace {

static_assert(sizeof(pthread_mutex_t) <= ipc::kLockOctets);
static_assert(offsetof(ipc::AppSlot, reader_lock) % alignof(pthread_mutex_t) == 0);
static_assert(offsetof(ipc::AppSlot, writer_lock) % alignof(pthread_mutex_t) == 0);

pthread_mutex_t* mutex_in(std::span<unsigned char, ipc::kLockOctets> memory) {
  return static_cast<pthread_mutex_t*>(static_cast<void*>(memory.data()));
}

}  // namespace

void make_locks(ipc::AppSlot& slot) {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  for (const std::span<unsigned char, ipc::kLockOctets> memory :
       {std::span(slot.reader_lock), std::span(slot.writer_lock)}) {
    ::pthread_mutex_init(new (memory.data()) pthread_mutex_t, &attributes);
  }
  ::pthread_mutexattr_destroy(&attributes);
}

SharedLock::SharedLock(std::span<unsigned char, ipc::kLockOctets> memory) : memory_(memory) {
  const int result = ::pthread_mutex_lock(mutex_in(memory_));
  if (result == EOWNERDEAD) ::pthread_mutex_consistent(mutex_in(memory_));
  held_ = result == 0 || result == EOWNERDEAD;
}

SharedLock::~SharedLock() {
  if (held_) ::pthread_mutex_unlock(mutex_in(memory_));
}

}  // namespace zsock::lib
