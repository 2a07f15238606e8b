/// \file
/// Socket services: the sections that programs announce, and the thread that serves them all.

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "libzsock/zephyr/limits.h"
#include "libzsock/zephyr/native.h"

#include <zephyr/logging/log.h>
#include <zephyr/net/socket_service.h>

#include "libzsock/zephyr/kernel/wait.h"

LOG_MODULE_REGISTER(net_sock_svc, LOG_LEVEL_INF);

namespace zsock::zephyr {
namespace {

using Service = net_socket_service_desc;
using Event = net_socket_service_event;

constexpr zsock_pollfd kUnused{.fd = -1, .events = 0, .revents = 0};

/// A socket that the dispatcher waits on, as it was when the wait began.
struct Watched {
  const Service* service;
  Event* slot;
};

class Dispatcher {
 public:
  void announce(zsock_service_section& section);
  int replace(const Service& service, const zsock_pollfd* fds, int count, void* user_data);
  const zsock_service_section* sections() const { return sections_; }

 private:
  enum class State { idle, running, failed };

  bool start();
  bool enough_room() const;
  bool knows(const Service& service) const;
  void clear(const Service& service, void* user_data);
  void run();
  bool wait();
  void collect();
  void serve(const Watched& watched, zsock_pollfd ready);
  bool still_ready(const Watched& watched, zsock_pollfd& ready, std::uint64_t changes);

  std::mutex mutex_;
  State state_ = State::idle;
  zsock_service_section* sections_ = nullptr;
  std::uint64_t changes_ = 0;         ///< how often a service was given sockets
  std::vector<int> closing_;          ///< for the dispatcher's thread to close
  int wake_ = -1;                     ///< eventfd: the sockets have changed
  std::vector<zsock_pollfd> polled_;  ///< of the dispatcher's thread: the first is wake_
  std::vector<Watched> watched_;      ///< what polled_[i + 1] belongs to
  std::uint64_t polled_changes_ = 0;  ///< changes_ when polled_ was made
};

// Never destroyed: its thread runs until the process ends.
Dispatcher& dispatcher() {
  static Dispatcher& instance = *new Dispatcher;
  return instance;
}

void Dispatcher::announce(zsock_service_section& section) {
  const std::lock_guard lock(mutex_);
  zsock_service_section** end = &sections_;
  for (; *end != nullptr; end = &(*end)->next) {
    if ((*end)->begin != section.begin) continue;
    if (section.poll_max < (*end)->poll_max) (*end)->poll_max = section.poll_max;
    return;
  }
  for (const Service* service = section.begin; service != section.end; ++service) {
    for (int i = 0; i < service->pev_len; ++i) service->pev[i].event = kUnused;
  }
  *end = &section;
}

// By its slots: a program may see a copy of the service of a shared library (a copy relocation).
bool Dispatcher::knows(const Service& service) const {
  for (const zsock_service_section* at = sections_; at != nullptr; at = at->next) {
    for (const Service* known = at->begin; known != at->end; ++known) {
      if (known->pev == service.pev && known->pev_len == service.pev_len) return true;
    }
  }
  return false;
}

bool Dispatcher::enough_room() const {
  int sockets = 0;
  int room = 0;
  for (const zsock_service_section* at = sections_; at != nullptr; at = at->next) {
    for (const Service* service = at->begin; service != at->end; ++service) {
      sockets += service->pev_len;
    }
    if (room == 0 || at->poll_max < room) room = at->poll_max;
  }
  if (limits().on) room = std::min(room, limits().poll);
  if (sockets == 0) return false;
  if (sockets < room) return true;
  LOG_ERR("CONFIG_ZVFS_POLL_MAX is %d, the socket services need %d", room, sockets + 1);
  return false;
}

bool Dispatcher::start() {
  if (state_ != State::idle) return state_ == State::running;
  state_ = State::failed;
  if (!enough_room()) return false;
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return false;
  // The program's signals are for its own threads; the one that zsock_close() sends is not.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigdelset(&all, SIGRTMAX - 3);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([this] { run(); }).detach();
    state_ = State::running;
    const kernel::Lock kernel_lock;
    kernel::hold();  // the program goes on after main()
  } catch (const std::exception& error) {
    LOG_ERR("no thread for the socket services: %s", error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return state_ == State::running;
}

void Dispatcher::clear(const Service& service, void* user_data) {
  for (int i = 0; i < service.pev_len; ++i) {
    Event& slot = service.pev[i];
    if (user_data == NET_SOCKET_SERVICE_CLOSE_SOCKETS && slot.event.fd >= 0) {
      closing_.push_back(slot.event.fd);
    }
    slot.event = kUnused;
  }
}

int Dispatcher::replace(const Service& service, const zsock_pollfd* fds, int count,
                        void* user_data) {
  const std::lock_guard lock(mutex_);
  if (!start()) return -EIO;
  if (!knows(service)) return -ENOENT;
  clear(service, fds == nullptr ? user_data : nullptr);
  ++changes_;
  eventfd_write(wake_, 1);
  if (fds == nullptr) return 0;
  if (count > service.pev_len) return -ENOMEM;
  for (int i = 0; i < count; ++i) {
    service.pev[i].event = {.fd = fds[i].fd, .events = fds[i].events, .revents = 0};
    service.pev[i].user_data = user_data;
  }
  return 0;
}

void Dispatcher::collect() {
  std::vector<int> closing;
  {
    const std::lock_guard lock(mutex_);
    closing.swap(closing_);
    polled_changes_ = changes_;
    polled_.assign(1, {.fd = wake_, .events = ZSOCK_POLLIN, .revents = 0});
    watched_.clear();
    for (const zsock_service_section* at = sections_; at != nullptr; at = at->next) {
      for (const Service* service = at->begin; service != at->end; ++service) {
        for (int i = 0; i < service->pev_len; ++i) {
          if (service->pev[i].event.fd < 0) continue;
          polled_.push_back(service->pev[i].event);
          watched_.push_back({.service = service, .slot = &service->pev[i]});
        }
      }
    }
  }
  for (const int fd : closing) zsock_close(fd);
}

bool Dispatcher::wait() {
  if (zsock_poll(polled_.data(), static_cast<int>(polled_.size()), -1) < 0) return errno == EINTR;
  eventfd_t times = 0;
  if (polled_[0].revents != 0) eventfd_read(wake_, &times);
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    if (polled_[i + 1].revents != 0) serve(watched_[i], polled_[i + 1]);
  }
  return true;
}

// A handler that ran since may have replaced or closed the socket, another may have its number.
bool Dispatcher::still_ready(const Watched& watched, zsock_pollfd& ready, std::uint64_t changes) {
  const zsock_pollfd& now = watched.slot->event;
  if (now.fd != ready.fd || now.events != ready.events) return false;
  return changes == polled_changes_ || (zsock_poll(&ready, 1, 0) > 0 && ready.revents != 0);
}

void Dispatcher::serve(const Watched& watched, zsock_pollfd ready) {
  Event event{};
  {
    const std::lock_guard lock(mutex_);
    if (!still_ready(watched, ready, changes_)) return;
    watched.slot->event.revents = ready.revents;
    watched.slot->callback = watched.service->handler;
    watched.slot->work.handler = watched.service->work_handler;
    // As in Zephyr, where handlers may write to the service that the event names.
    watched.slot->svc = const_cast<Service*>(watched.service);
    event = *watched.slot;
  }
  if (event.callback != nullptr) {
    event.callback(&event);
  } else if (event.work.handler != nullptr) {
    event.work.handler(&event.work);
  }
}

void Dispatcher::run() {
  pthread_setname_np(pthread_self(), "socket_service");
  try {
    do {
      collect();
    } while (wait());
    LOG_ERR("waiting for the sockets of services failed: %d", errno);
  } catch (const std::bad_alloc&) {
    LOG_ERR("no memory for the sockets of services");
  }
  const std::lock_guard lock(mutex_);
  state_ = State::failed;
  const kernel::Lock kernel_lock;
  kernel::release();
}

}  // namespace
}  // namespace zsock::zephyr

using zsock::zephyr::dispatcher;

void zsock_service_announce(zsock_service_section* section) {
  dispatcher().announce(*section);
}

int net_socket_service_register(const net_socket_service_desc* service, zsock_pollfd* fds, int len,
                                void* user_data) try {
  return dispatcher().replace(*service, fds, len, user_data);
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

void net_socket_service_foreach(net_socket_service_cb_t cb, void* user_data) {
  for (const zsock_service_section* at = dispatcher().sections(); at != nullptr; at = at->next) {
    for (const auto* service = at->begin; service != at->end; ++service) cb(service, user_data);
  }
}
