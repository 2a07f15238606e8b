#include "libzsock/shared_lock.h"

#include <new>

namespace zsock::lib {
namespace {

static_assert(sizeof(pthread_mutex_t) <= ipc::kLockOctets);
static_assert(offsetof(ipc::AppSlot, reader_lock) % alignof(pthread_mutex_t) == 0);
static_assert(offsetof(ipc::AppSlot, writer_lock) % alignof(pthread_mutex_t) == 0);

}  // namespace

void make_locks(ipc::AppSlot& slot) {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  for (const std::span<unsigned char, ipc::kLockOctets> memory :
       {std::span(slot.reader_lock), std::span(slot.writer_lock)}) {
    heard(memory.data());
    ::pthread_mutex_init(new (memory.data()) pthread_mutex_t, &attributes);
  }
  ::pthread_mutexattr_destroy(&attributes);
}

}  // namespace zsock::lib
