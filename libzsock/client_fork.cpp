/// \file
/// The client in a child: of fork(), and of what makes children without telling anybody.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>

#include "libzsock/client.h"

namespace zsock::lib {
namespace {

/// \return a page of its own, so that the kernel can clear it
std::atomic<std::uint32_t>* make_mark() {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, size, MADV_WIPEONFORK) != 0) {
    ::munmap(page, size);
    return nullptr;
  }
  return new (page) std::atomic<std::uint32_t>(1);
}

}  // namespace

Client::Client() : process_(::getpid()), mark_(make_mark()) {
  ::pthread_atfork(&Client::before_fork, &Client::after_fork_in_parent,
                   &Client::after_fork_in_child);
}

void Client::before_fork() {
  Client& client = instance();
  ::pthread_mutex_lock(&client.mutex_);
  client.count_copies();  // the child will hold each of them as well
}

/// One more holder of each socket for each of its descriptors here.
void Client::count_copies() {
  fds_.each([this](int, SocketKey key, ino_t) {
    Arena* const arena = this->arena(key.arena);
    if (arena->status(key.slot).generation.snapshot() == key.generation) {
      arena->app(key.slot).holders.add(1);
    }
  });
}

void Client::begin_as_child() {
  // One thread does it; as a rule there is no other yet.
  if (mark_->exchange(1) != 0) return;
  count_copies();
  after_fork_in_child();
}

void Client::after_fork_in_parent() {
  ::pthread_mutex_unlock(&instance().mutex_);
}

void Client::after_fork_in_child() {
  Client& client = instance();
  ::pthread_mutex_init(&client.mutex_, nullptr);
  client.process_.store(::getpid(), std::memory_order_relaxed);
  if (client.mark_ != nullptr) client.mark_->store(1, std::memory_order_relaxed);
  // The parent's session is the parent's; the child attaches when it needs one. A privileged child
  // does so now: it may be about to become a user whom zsockd would not let in.
  client.drop_session();
  const bool serving = client.arena_ != nullptr && !client.arena_->lost();
  if (serving && ::geteuid() == 0) client.open_session();
}

}  // namespace zsock::lib
