/// \file
/// k_poll(): places in the queues of several objects at once.

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

/// The events of one call; they leave the queues when it returns, however.
class Polled {
 public:
  Polled(k_poll_event* events, int count) : events_(events), count_(count) {}
  ~Polled() { leave_all(); }
  Polled(const Polled&) = delete;
  Polled& operator=(const Polled&) = delete;

  void begin();
  bool look();
  void enter_all();
  void leave_all();
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  static k_queue& queue_of(const k_poll_event& event) { return *event.queue; }
  static bool waits_for_data(const k_poll_event& event) {
    return event.type == K_POLL_TYPE_DATA_AVAILABLE;
  }
  static _wait_q_t* pollers_of(const k_poll_event& event);
  static uint32_t state_of(const k_poll_event& event);

  k_poll_event* events_;
  int count_;
  bool cancelled_ = false;
};

_wait_q_t* Polled::pollers_of(const k_poll_event& event) {
  switch (event.type) {
    case K_POLL_TYPE_SIGNAL:
      return &event.signal->pollers;
    case K_POLL_TYPE_SEM_AVAILABLE:
      return &event.sem->pollers;
    case K_POLL_TYPE_DATA_AVAILABLE:
      return &event.queue->pollers;
    case K_POLL_TYPE_MSGQ_DATA_AVAILABLE:
      return &event.msgq->pollers;
    default:
      return nullptr;
  }
}

uint32_t Polled::state_of(const k_poll_event& event) {
  switch (event.type) {
    case K_POLL_TYPE_SIGNAL:
      return event.signal->signaled != 0 ? K_POLL_STATE_SIGNALED : 0;
    case K_POLL_TYPE_SEM_AVAILABLE:
      return event.sem->count != 0 ? K_POLL_STATE_SEM_AVAILABLE : 0;
    case K_POLL_TYPE_DATA_AVAILABLE:
      if (event.queue->head != nullptr) return K_POLL_STATE_DATA_AVAILABLE;
      return event.queue->cancelled != event.cancelled ? K_POLL_STATE_CANCELLED : 0;
    case K_POLL_TYPE_MSGQ_DATA_AVAILABLE:
      return event.msgq->used_msgs != 0 ? K_POLL_STATE_MSGQ_DATA_AVAILABLE : 0;
    default:
      return 0;
  }
}

void Polled::begin() {
  for (int i = 0; i < count_; ++i) {
    k_poll_event& event = events_[i];
    event.node = {};
    event.node.thread = &current();
    if (waits_for_data(event)) event.cancelled = queue_of(event).cancelled;
  }
}

bool Polled::look() {
  bool any = false;
  for (int i = 0; i < count_; ++i) {
    const uint32_t state = state_of(events_[i]);
    events_[i].state |= state;
    any = any || state != 0;
    cancelled_ = cancelled_ || (state & K_POLL_STATE_CANCELLED) != 0;
  }
  return any;
}

void Polled::enter_all() {
  for (int i = 0; i < count_; ++i) {
    _wait_q_t* const pollers = pollers_of(events_[i]);
    if (pollers != nullptr && events_[i].node.queue == nullptr) enter(*pollers, events_[i].node);
  }
}

void Polled::leave_all() {
  for (int i = 0; i < count_; ++i) leave(events_[i].node);
}

bool known(uint32_t type) {
  return type == K_POLL_TYPE_IGNORE || type == K_POLL_TYPE_SIGNAL ||
         type == K_POLL_TYPE_SEM_AVAILABLE || type == K_POLL_TYPE_DATA_AVAILABLE ||
         type == K_POLL_TYPE_MSGQ_DATA_AVAILABLE;
}

}  // namespace

void k_poll_event_init(k_poll_event* event, uint32_t type, int mode, void* object) {
  *event = {};
  event->type = type;
  event->mode = static_cast<uint32_t>(mode);
  event->obj = object;
}

int k_poll(k_poll_event* events, int count, k_timeout_t timeout) {
  for (int i = 0; i < count; ++i) {
    if (!known(events[i].type) || events[i].mode != K_POLL_MODE_NOTIFY_ONLY) return -EINVAL;
  }
  const Lock lock;
  const std::int64_t deadline = deadline_of(timeout);
  Polled polled(events, count);
  polled.begin();
  bool in_time = !K_TIMEOUT_EQ(timeout, K_NO_WAIT);
  while (!polled.look()) {
    if (!in_time) return -EAGAIN;
    polled.enter_all();
    in_time = wait(deadline);
  }
  return polled.cancelled() ? -EINTR : 0;
}

void k_poll_signal_init(k_poll_signal* signal) {
  *signal = {};
}

void k_poll_signal_reset(k_poll_signal* signal) {
  const Lock lock;
  signal->signaled = 0;
}

void k_poll_signal_check(k_poll_signal* signal, unsigned int* signaled, int* result) {
  const Lock lock;
  *signaled = signal->signaled;
  *result = signal->result;
}

int k_poll_signal_raise(k_poll_signal* signal, int result) {
  const Lock lock;
  signal->result = result;
  signal->signaled = 1;
  wake_all(signal->pollers, 0);
  return 0;
}
