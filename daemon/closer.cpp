#include "daemon/closer.h"

#include <pthread.h>
#include <sys/socket.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace zsock::host {

struct Closer::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ipc::Fd> waiting;
  bool over = false;

  void run() {
    std::unique_lock lock(mutex);
    while (!over || !waiting.empty()) {
      changed.wait(lock, [this] { return over || !waiting.empty(); });
      std::vector<ipc::Fd> taken = std::exchange(waiting, {});
      lock.unlock();
      const linger none{};
      for (const ipc::Fd& fd : taken) {
        static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof(none)));
      }
      taken.clear();
      lock.lock();
    }
  }
};

Closer::Closer() : state_(std::make_shared<State>()) {}

Closer::~Closer() {
  const std::lock_guard lock(state_->mutex);
  state_->over = true;
  state_->changed.notify_one();
}

void Closer::close(ipc::Fd fd) {
  if (!fd.valid() || !start()) return;
  const std::lock_guard lock(state_->mutex);
  state_->waiting.push_back(std::move(fd));
  state_->changed.notify_one();
}

/// False: there is no thread to be had.
bool Closer::start() {
  if (started_) return true;
  // Signals are the main thread's affair.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([state = state_] { state->run(); }).detach();
    started_ = true;
  } catch (const std::system_error&) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started_;
}

}  // namespace zsock::host
