/// \file
/// Queues of the program's items.

#include <cstdlib>

#include "libzsock/zephyr/kernel/wait.h"

/// The first word of an item: the next one. Items that could not lend it come in an envelope.
struct zsock_queue_item {
  zsock_queue_item* next;
};

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

using Item = zsock_queue_item;

/// An item whose first word is left alone. The low bit of a link to it is set.
struct Envelope {
  Item item;
  void* content;
};

Item* as_item(void* data) {
  return static_cast<Item*>(data);
}

Item* mark(Envelope* envelope) {
  return static_cast<Item*>(
      static_cast<void*>(static_cast<char*>(static_cast<void*>(envelope)) + 1));
}
bool is_envelope(const Item* link) {
  return POINTER_TO_UINT(link) % 2 != 0;
}
Envelope* envelope_of(Item* link) {
  return static_cast<Envelope*>(
      static_cast<void*>(static_cast<char*>(static_cast<void*>(link)) - 1));
}
Item& item_of(Item* link) {
  return is_envelope(link) ? envelope_of(link)->item : *link;
}
void* content_of(Item* link) {
  return link != nullptr && is_envelope(link) ? envelope_of(link)->content : link;
}

void* open(Item* link) {
  void* const content = content_of(link);
  if (is_envelope(link)) std::free(envelope_of(link));
  return content;
}

void insert(k_queue& queue, Item* previous, Item* link) {
  if (zsock_wait_node* const node = queue.wait_q.first) {
    node->data = open(link);
    wake(*node, 0);
    return;
  }
  Item*& place = previous != nullptr ? item_of(previous).next : queue.head;
  item_of(link).next = place;
  place = link;
  if (item_of(link).next == nullptr) queue.tail = link;
  wake_all(queue.pollers, 0);
}

void unlink(k_queue& queue, Item* previous, Item* link) {
  (previous != nullptr ? item_of(previous).next : queue.head) = item_of(link).next;
  if (queue.tail == link) queue.tail = previous;
}

int32_t insert_envelope(k_queue& queue, Item* previous, void* data) {
  auto* const envelope = static_cast<Envelope*>(std::malloc(sizeof(Envelope)));
  if (envelope == nullptr) return -ENOMEM;
  *envelope = {.item = {nullptr}, .content = data};
  insert(queue, previous, mark(envelope));
  return 0;
}

/// Where an item is, and what is before it.
struct Found {
  Item* previous;
  Item* link;
};
Found find(const k_queue& queue, const void* data) {
  Found found{.previous = nullptr, .link = queue.head};
  while (found.link != nullptr && content_of(found.link) != data) {
    found = {.previous = found.link, .link = item_of(found.link).next};
  }
  return found;
}

}  // namespace

void k_queue_init(k_queue* queue) {
  *queue = {};
}

void k_queue_cancel_wait(k_queue* queue) {
  const Lock lock;
  wake_first(queue->wait_q, 0);
  ++queue->cancelled;
  wake_all(queue->pollers, 0);
}

void k_queue_append(k_queue* queue, void* data) {
  const Lock lock;
  insert(*queue, queue->tail, as_item(data));
}

void k_queue_prepend(k_queue* queue, void* data) {
  const Lock lock;
  insert(*queue, nullptr, as_item(data));
}

void k_queue_insert(k_queue* queue, void* previous, void* data) {
  const Lock lock;
  insert(*queue, as_item(previous), as_item(data));
}

int32_t k_queue_alloc_append(k_queue* queue, void* data) {
  const Lock lock;
  return insert_envelope(*queue, queue->tail, data);
}

int32_t k_queue_alloc_prepend(k_queue* queue, void* data) {
  const Lock lock;
  return insert_envelope(*queue, nullptr, data);
}

int k_queue_append_list(k_queue* queue, void* head, void* tail) {
  if (head == nullptr || tail == nullptr) return -EINVAL;
  const Lock lock;
  Item* next = as_item(head);
  for (Item* item = nullptr; item != tail;) {
    item = next;
    next = item->next;
    insert(*queue, queue->tail, item);
  }
  return 0;
}

int k_queue_merge_slist(k_queue* queue, sys_slist_t* list) {
  if (sys_slist_is_empty(list)) return -EINVAL;
  const int result = k_queue_append_list(queue, list->head, list->tail);
  sys_slist_init(list);
  return result;
}

void* k_queue_get(k_queue* queue, k_timeout_t timeout) {
  const Lock lock;
  if (Item* const head = queue->head) {
    unlink(*queue, nullptr, head);
    return open(head);
  }
  if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) return nullptr;
  return pend(queue->wait_q, deadline_of(timeout)).data;
}

bool k_queue_remove(k_queue* queue, void* data) {
  const Lock lock;
  const Found found = find(*queue, data);
  if (found.link == nullptr) return false;
  unlink(*queue, found.previous, found.link);
  open(found.link);
  return true;
}

bool k_queue_unique_append(k_queue* queue, void* data) {
  const Lock lock;
  if (find(*queue, data).link != nullptr) return false;
  insert(*queue, queue->tail, as_item(data));
  return true;
}

int k_queue_is_empty(k_queue* queue) {
  const Lock lock;
  return queue->head == nullptr ? 1 : 0;
}

void* k_queue_peek_head(k_queue* queue) {
  const Lock lock;
  return content_of(queue->head);
}

void* k_queue_peek_tail(k_queue* queue) {
  const Lock lock;
  return content_of(queue->tail);
}
