/// \file
/// The client in a child: of fork(), and of what makes children without telling anybody.

#include <signal.h>
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

/// No handler may find the mutex locked by its own thread.
void Client::before_fork() {
  Client& client = instance();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  ::pthread_mutex_lock(&client.mutex_);
  client.before_fork_ = before;
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
  become_child();
}

void Client::after_fork_in_parent() {
  Client& client = instance();
  const sigset_t before = client.before_fork_;
  ::pthread_mutex_unlock(&client.mutex_);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Client::after_fork_in_child() {
  Client& client = instance();
  client.become_child();
  ::pthread_sigmask(SIG_SETMASK, &client.before_fork_, nullptr);
}

void Client::become_child() {
  ::pthread_mutex_init(&mutex_, nullptr);
  process_.store(::getpid(), std::memory_order_relaxed);
  if (mark_ != nullptr) mark_->store(1, std::memory_order_relaxed);
  // The parent's session is the parent's; the child attaches when it needs one. A privileged child
  // does so now: it may be about to become a user whom zsockd would not let in.
  for (Session& each : sessions_) drop_session(each);
  for (std::size_t shard = 0; shard < sessions_.size() && ::geteuid() == 0; ++shard) {
    if (sessions_[shard].serving() != nullptr) open_session(shard);
  }
}

}  // namespace zsock::lib
