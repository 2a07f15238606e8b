/// \file
/// Message queues.

#include <cstdlib>
#include <cstring>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

char* message(const k_msgq& queue, uint32_t index) {
  return queue.buffer_start + (queue.first + index) % queue.max_msgs * queue.msg_size;
}

void append(k_msgq& queue, const void* data) {
  std::memcpy(message(queue, queue.used_msgs), data, queue.msg_size);
  ++queue.used_msgs;
}

// To a reader that waits; readers wait only while the queue is empty. False: there is none.
bool hand_over(k_msgq& queue, const void* data) {
  zsock_wait_node* const reader = queue.used_msgs == 0 ? queue.wait_q.first : nullptr;
  if (reader == nullptr) return false;
  std::memcpy(reader->data, data, queue.msg_size);
  wake(*reader, 0);
  return true;
}

}  // namespace

void k_msgq_init(k_msgq* queue, char* buffer, size_t size, uint32_t max) {
  *queue = Z_MSGQ_INITIALIZER(buffer, size, max);
}

int k_msgq_alloc_init(k_msgq* queue, size_t size, uint32_t max) {
  size_t octets = 0;
  if (__builtin_mul_overflow(size, size_t{max}, &octets)) return -EINVAL;
  auto* const buffer = static_cast<char*>(k_malloc(octets));
  if (buffer == nullptr) return -ENOMEM;
  k_msgq_init(queue, buffer, size, max);
  queue->allocated = true;
  return 0;
}

int k_msgq_cleanup(k_msgq* queue) {
  const Lock lock;
  if (queue->wait_q.first != nullptr) return -EBUSY;
  char* const buffer = queue->allocated ? queue->buffer_start : nullptr;
  queue->allocated = false;
  const Unlocked unlocked;
  k_free(buffer);
  return 0;
}

int k_msgq_put(k_msgq* queue, const void* data, k_timeout_t timeout) {
  const Lock lock;
  if (hand_over(*queue, data)) return 0;
  if (queue->used_msgs == queue->max_msgs) {
    // Who reads takes it from here.
    return pend_or(queue->wait_q, timeout, -ENOMSG, const_cast<void*>(data));
  }
  append(*queue, data);
  wake_all(queue->pollers, 0);
  return 0;
}

int k_msgq_put_front(k_msgq* queue, const void* data) {
  const Lock lock;
  if (hand_over(*queue, data)) return 0;
  if (queue->used_msgs == queue->max_msgs) return -ENOMSG;
  queue->first = (queue->first + queue->max_msgs - 1) % queue->max_msgs;
  ++queue->used_msgs;
  std::memcpy(message(*queue, 0), data, queue->msg_size);
  wake_all(queue->pollers, 0);
  return 0;
}

int k_msgq_get(k_msgq* queue, void* data, k_timeout_t timeout) {
  const Lock lock;
  if (queue->used_msgs == 0) return pend_or(queue->wait_q, timeout, -ENOMSG, data);
  std::memcpy(data, message(*queue, 0), queue->msg_size);
  queue->first = (queue->first + 1) % queue->max_msgs;
  --queue->used_msgs;
  if (zsock_wait_node* const writer = queue->wait_q.first) {
    append(*queue, writer->data);
    wake(*writer, 0);
  }
  return 0;
}

int k_msgq_peek(k_msgq* queue, void* data) {
  return k_msgq_peek_at(queue, data, 0);
}

int k_msgq_peek_at(k_msgq* queue, void* data, uint32_t index) {
  const Lock lock;
  if (index >= queue->used_msgs) return -ENOMSG;
  std::memcpy(data, message(*queue, index), queue->msg_size);
  return 0;
}

void k_msgq_purge(k_msgq* queue) {
  const Lock lock;
  if (queue->used_msgs == queue->max_msgs) wake_all(queue->wait_q, -ENOMSG);
  queue->used_msgs = 0;
  queue->first = 0;
}

uint32_t k_msgq_num_free_get(k_msgq* queue) {
  const Lock lock;
  return queue->max_msgs - queue->used_msgs;
}

uint32_t k_msgq_num_used_get(k_msgq* queue) {
  const Lock lock;
  return queue->used_msgs;
}

void k_msgq_get_attrs(k_msgq* queue, k_msgq_attrs* attributes) {
  const Lock lock;
  *attributes = {
      .msg_size = queue->msg_size, .max_msgs = queue->max_msgs, .used_msgs = queue->used_msgs};
}
