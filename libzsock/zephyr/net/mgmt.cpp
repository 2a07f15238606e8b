/// \file
/// Events of the network: a thread that zsockd wakes, that sees what has changed, and calls
/// handlers.

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "libzsock/zephyr/net/interface.h"
#include "libzsock/zephyr/net/watch.h"

#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_mgmt.h>

#include "libzsock/zephyr/kernel/wait.h"

namespace zsock::zephyr {
namespace {

using Callback = net_mgmt_event_callback;

class Held {
 public:
  explicit Held(k_mutex& mutex) : mutex_(mutex) { k_mutex_lock(&mutex_, K_FOREVER); }
  ~Held() { k_mutex_unlock(&mutex_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  k_mutex& mutex_;
};

class Manager {
 public:
  void add(Callback& callback);
  void remove(Callback& callback);
  void notify(const Happening& happening);
  void tell_status();
  void ignore(net_if& iface, bool ignored);
  [[noreturn]] void run();

 private:
  bool has(const Callback* callback) const;
  bool has_any();
  void start();
  void look();
  void tell(const Happening& happening);

  k_mutex handlers_{};  ///< held while they run
  std::vector<Callback*> callbacks_{};
  k_mutex state_{};
  std::deque<Happening> queue_{};
  Watch watch_{};
  Network told_{};
  bool told_ignored_ = false;
  bool known_ = false;  ///< told_ is what zsockd said
  bool started_ = false;
  k_thread thread_{};
};

// Never destroyed: its thread runs until the process ends.
Manager& manager() {
  static Manager& instance = *new Manager;
  return instance;
}

void Manager::start() {
  if (std::exchange(started_, true)) return;
  const kernel::Lock lock;
  kernel::start_system_thread(
      thread_, "net_mgmt", [](void*, void*, void*) { manager().run(); }, nullptr, 0);
}

bool Manager::has(const Callback* callback) const {
  return std::find(callbacks_.begin(), callbacks_.end(), callback) != callbacks_.end();
}

void Manager::add(Callback& callback) {
  const Held held(handlers_);
  if (has(&callback)) return;
  callbacks_.push_back(&callback);
  start();
  watch_.call();
  const kernel::Lock lock;
  kernel::hold();
}

void Manager::remove(Callback& callback) {
  const Held held(handlers_);
  if (std::erase(callbacks_, &callback) == 0) return;
  const kernel::Lock lock;
  kernel::release();
}

void Manager::notify(const Happening& happening) {
  const Held held(state_);
  queue_.push_back(happening);
  watch_.call();
}

void Manager::tell_status() {
  const Held held(state_);
  if (!known_) return;  // soon it is, and is told
  for (const Happening& happening : connection_status(told_, told_ignored_)) notify(happening);
}

void Manager::ignore(net_if& iface, bool ignored) {
  const Held held(state_);
  iface.ignored = ignored;
  watch_.call();
}

void Manager::look() {
  Network network = refresh();
  const Held held(state_);
  const bool ignored = net_if_get_default()->ignored;
  for (const Happening& happening : changes(told_, network, told_ignored_, ignored)) {
    queue_.push_back(happening);
  }
  told_ = std::move(network);
  told_ignored_ = ignored;
  known_ = true;
}

void Manager::tell(const Happening& happening) {
  const Held held(handlers_);
  for (Callback* const callback : std::vector<Callback*>(callbacks_)) {
    // A handler before may have taken it away.
    if (!has(callback) || (callback->event_mask & happening.event) == 0) continue;
    callback->info = happening.info_size != 0 ? happening.about.info() : nullptr;
    callback->info_length = happening.info_size;
    callback->handler(callback, happening.event, net_if_get_default());
  }
}

bool Manager::has_any() {
  const Held held(handlers_);
  return !callbacks_.empty();
}

void Manager::run() {
  for (;;) {
    has_any() ? watch_.begin() : watch_.end();
    look();
    for (;;) {
      Happening next;
      {
        const Held held(state_);
        if (queue_.empty()) break;
        next = queue_.front();
        queue_.pop_front();
      }
      tell(next);
    }
    watch_.rest();
  }
}

/// net_mgmt_event_wait(): a handler for once.
struct Once {
  Callback callback{};  // the first member
  k_sem done{.wait_q = {}, .pollers = {}, .count = 0, .limit = 1};
  Happening happened{};

  explicit Once(std::uint64_t mask) {
    net_mgmt_init_event_callback(&callback, on_event, mask);
    manager().add(callback);
  }
  ~Once() { manager().remove(callback); }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  static void on_event(Callback* callback, std::uint64_t event, net_if*) {
    Once& once = *CONTAINER_OF(callback, Once, callback);
    if (once.happened.event != 0) return;
    once.happened.event = event;
    once.happened.info_size = callback->info_length;
    if (callback->info != nullptr) {
      std::memcpy(&once.happened.about.octets, callback->info, callback->info_length);
    }
    k_sem_give(&once.done);
  }
};

void call_static(Callback* callback, std::uint64_t event, net_if* iface) {
  const auto& handler = *CONTAINER_OF(callback, zsock_mgmt_static_handler, callback);
  handler.handler(event, iface, const_cast<void*>(callback->info), callback->info_length,
                  handler.user_data);
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

void net_mgmt_add_event_callback(net_mgmt_event_callback* cb) {
  manager().add(*cb);
}

void net_mgmt_del_event_callback(net_mgmt_event_callback* cb) {
  manager().remove(*cb);
}

void net_mgmt_event_notify_with_info(uint64_t event, net_if*, const void* info, size_t length) {
  Happening happening{.event = event};
  if (info != nullptr) {
    happening.info_size = std::min(length, sizeof happening.about.octets);
    std::memcpy(&happening.about.octets, info, happening.info_size);
  }
  manager().notify(happening);
}

int net_mgmt_event_wait(uint64_t mask, uint64_t* raised, net_if** iface, const void** info,
                        size_t* length, k_timeout_t timeout) {
  thread_local Happening last;
  Once once(mask);
  if (k_sem_take(&once.done, timeout) != 0) return -ETIMEDOUT;
  last = once.happened;
  if (raised != nullptr) *raised = last.event;
  if (iface != nullptr) *iface = net_if_get_default();
  if (info != nullptr) *info = last.info_size != 0 ? last.about.info() : nullptr;
  if (length != nullptr) *length = last.info_size;
  return 0;
}

void zsock_mgmt_register(zsock_mgmt_static_handler* handler, uint64_t mask) {
  net_mgmt_init_event_callback(&handler->callback, call_static, mask);
  manager().add(handler->callback);
}

void conn_mgr_mon_resend_status() {
  manager().tell_status();
}

void conn_mgr_ignore_iface(net_if* iface) {
  manager().ignore(*iface, true);
}

void conn_mgr_watch_iface(net_if* iface) {
  manager().ignore(*iface, false);
}

bool conn_mgr_is_iface_ignored(net_if* iface) {
  return iface->ignored;
}
