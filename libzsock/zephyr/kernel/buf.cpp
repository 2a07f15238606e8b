/// \file
/// Pools of buffers. A pool makes its headers when the first one is taken; octets come from the
/// host when a buffer gets them and go back with it, so that its tools see who uses them too late.

#include <zephyr/net_buf.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "libzsock/zephyr/kernel/wait.h"

/// Octets of one or several buffers.
struct zsock_net_buf_octets {
  std::atomic<unsigned> references{1};
  void* memory = nullptr;
  zsock_net_buf_kind kind = ZSOCK_NET_BUF_FIXED;
  k_heap* heap = nullptr;  ///< of a pool of variable sizes
};

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

using Octets = zsock_net_buf_octets;

/// The pools by net_buf::pool_id. Never taken down: firmware ends with its buffers in use.
struct Pools {
  std::mutex mutex;
  std::vector<net_buf_pool*> known;
};
Pools& pools() {
  static auto* const all = new Pools;
  return *all;
}

std::size_t stride_of(const net_buf_pool& pool) {
  constexpr std::size_t kAlign = alignof(std::max_align_t);
  return (sizeof(net_buf) + pool.user_data_size + kAlign - 1) / kAlign * kAlign;
}

net_buf* buffer_at(const net_buf_pool& pool, std::size_t index) {
  auto* const first = static_cast<char*>(pool.zsock_buffers);
  return static_cast<net_buf*>(static_cast<void*>(first + index * stride_of(pool)));
}

// False: no memory.
bool make(net_buf_pool& pool) {
  const std::lock_guard lock(pools().mutex);
  if (pool.zsock_buffers != nullptr) return true;
  void* const buffers = std::calloc(std::max<std::size_t>(pool.buf_count, 1), stride_of(pool));
  if (buffers == nullptr) return false;
  const auto id = static_cast<std::uint8_t>(pools().known.size());
  pools().known.push_back(&pool);
  pool.zsock_buffers = buffers;
  for (std::size_t i = pool.buf_count; i-- > 0;) {
    net_buf* const buf = buffer_at(pool, i);
    buf->pool_id = id;
    buf->user_data_size = pool.user_data_size;
    buf->zsock_pool = &pool;
    k_lifo_put(&pool.free, buf);
  }
  return true;
}

void* memory_for(Octets& octets, std::size_t size, k_timeout_t timeout) {
  switch (octets.kind) {
    case ZSOCK_NET_BUF_VAR:
      return k_heap_alloc(octets.heap, size, timeout);
    case ZSOCK_NET_BUF_HEAP:
      return k_malloc(size);
    default:
      return std::malloc(size);
  }
}

void drop(Octets* octets) {
  if (octets == nullptr || octets->references.fetch_sub(1) != 1) return;
  switch (octets->kind) {
    case ZSOCK_NET_BUF_VAR:
      k_heap_free(octets->heap, octets->memory);
      break;
    case ZSOCK_NET_BUF_HEAP:
      k_free(octets->memory);
      break;
    default:
      std::free(octets->memory);
  }
  delete octets;
}

/// A header without octets, or nullptr.
net_buf* take_header(net_buf_pool& pool, k_timeout_t timeout) {
  if (!make(pool)) return nullptr;
  auto* const buf = static_cast<net_buf*>(k_lifo_get(&pool.free, timeout));
  if (buf == nullptr) return nullptr;
  atomic_dec(&pool.avail_count);
  buf->node.next = nullptr;
  buf->frags = nullptr;
  buf->ref = 1;
  buf->flags = 0;
  buf->b = {};
  buf->zsock_octets = nullptr;
  return buf;
}

/// Gives a new buffer octets. False: none in time.
bool fill(net_buf& buf, std::size_t size, k_timeout_t timeout) {
  net_buf_pool& pool = *buf.zsock_pool;
  auto* const octets = new Octets;
  octets->kind = static_cast<zsock_net_buf_kind>(pool.zsock_kind);
  octets->heap = pool.zsock_heap;
  octets->memory = memory_for(*octets, size, timeout);
  if (octets->memory == nullptr) {
    delete octets;
    return false;
  }
  buf.zsock_octets = octets;
  buf.b.size = static_cast<std::uint16_t>(size);
  buf.b.__buf = static_cast<std::uint8_t*>(octets->memory);
  buf.b.data = buf.b.__buf;
  return true;
}

k_timeout_t until(std::int64_t deadline) {
  return deadline == kNever ? K_FOREVER : K_TICKS(ticks_until(deadline));
}

std::atomic_ref<std::uint8_t> references_of(net_buf& buf) {
  return std::atomic_ref<std::uint8_t>(buf.ref);
}

/// Does the same for each fragment, from `offset` on: `part` gets octets and says whether to go on.
template <typename Part>
void each_part(const net_buf* buf, std::size_t offset, std::size_t len, Part part) {
  for (; buf != nullptr && len > 0; buf = buf->frags) {
    if (offset >= buf->len) {
      offset -= buf->len;
      continue;
    }
    const std::size_t count = std::min<std::size_t>(len, buf->len - offset);
    if (!part(buf->data + offset, count)) return;
    len -= count;
    offset = 0;
  }
}

}  // namespace

net_buf_pool* net_buf_pool_get(int id) {
  const std::lock_guard lock(pools().mutex);
  const auto index = static_cast<std::size_t>(id);
  return id >= 0 && index < pools().known.size() ? pools().known[index] : nullptr;
}

int net_buf_id(const net_buf* buf) {
  const net_buf_pool& pool = *buf->zsock_pool;
  const auto* const at = static_cast<const char*>(static_cast<const void*>(buf));
  const auto* const first = static_cast<const char*>(pool.zsock_buffers);
  return static_cast<int>(static_cast<std::size_t>(at - first) / stride_of(pool));
}

net_buf* net_buf_alloc_fixed(net_buf_pool* pool, k_timeout_t timeout) {
  return net_buf_alloc_len(pool, pool->zsock_size, timeout);
}

net_buf* net_buf_alloc_len(net_buf_pool* pool, size_t size, k_timeout_t timeout) {
  if (size > UINT16_MAX) return nullptr;
  const std::int64_t deadline = deadline_of(timeout);
  net_buf* const buf = take_header(*pool, timeout);
  if (buf == nullptr || size == 0) return buf;
  // Those of a fixed pool all have the same size.
  if (pool->zsock_kind == ZSOCK_NET_BUF_FIXED) size = pool->zsock_size;
  if (fill(*buf, size, until(deadline))) return buf;
  net_buf_destroy(buf);
  return nullptr;
}

net_buf* net_buf_alloc_with_data(net_buf_pool* pool, void* data, size_t size, k_timeout_t timeout) {
  net_buf* const buf = take_header(*pool, timeout);
  if (buf == nullptr) return nullptr;
  net_buf_simple_init_with_data(&buf->b, data, size);
  buf->flags = NET_BUF_EXTERNAL_DATA;
  return buf;
}

void net_buf_destroy(net_buf* buf) {
  net_buf_pool& pool = *buf->zsock_pool;
  drop(buf->zsock_octets);
  buf->zsock_octets = nullptr;
  buf->b = {};
  atomic_inc(&pool.avail_count);
  k_lifo_put(&pool.free, buf);
}

net_buf* net_buf_ref(net_buf* buf) {
  references_of(*buf).fetch_add(1);
  return buf;
}

void net_buf_unref(net_buf* buf) {
  while (buf != nullptr) {
    if (references_of(*buf).fetch_sub(1) != 1) return;
    net_buf* const next = buf->frags;
    buf->frags = nullptr;
    if (buf->zsock_pool->destroy != nullptr) {
      buf->zsock_pool->destroy(buf);
    } else {
      net_buf_destroy(buf);
    }
    buf = next;
  }
}

net_buf* net_buf_clone(net_buf* buf, k_timeout_t timeout) {
  net_buf_pool& pool = *buf->zsock_pool;
  const std::int64_t deadline = deadline_of(timeout);
  net_buf* const clone = take_header(pool, timeout);
  if (clone == nullptr) return nullptr;
  if (pool.zsock_kind != ZSOCK_NET_BUF_FIXED || buf->zsock_octets == nullptr) {
    clone->flags = buf->flags & NET_BUF_EXTERNAL_DATA;
    clone->b = buf->b;
    clone->zsock_octets = buf->zsock_octets;
    if (clone->zsock_octets != nullptr) ++clone->zsock_octets->references;
  } else {
    if (!fill(*clone, pool.zsock_size, until(deadline))) {
      net_buf_destroy(clone);
      return nullptr;
    }
    clone->b.data += net_buf_headroom(buf);
    net_buf_add_mem(clone, buf->data, buf->len);
  }
  std::memcpy(clone->user_data, buf->user_data, pool.user_data_size);
  return clone;
}

int net_buf_user_data_copy(net_buf* to, const net_buf* from) {
  if (to == from) return 0;
  if (to->user_data_size < from->user_data_size) return -EINVAL;
  std::memcpy(to->user_data, from->user_data, from->user_data_size);
  return 0;
}

void net_buf_slist_put(sys_slist_t* list, net_buf* buf) {
  const Lock lock;
  sys_slist_append(list, &buf->node);
}

net_buf* net_buf_slist_get(sys_slist_t* list) {
  const Lock lock;
  return static_cast<net_buf*>(static_cast<void*>(sys_slist_get(list)));
}

net_buf* net_buf_frag_last(net_buf* buf) {
  while (buf->frags != nullptr) buf = buf->frags;
  return buf;
}

void net_buf_frag_insert(net_buf* parent, net_buf* frag) {
  net_buf_frag_last(frag)->frags = parent->frags;
  parent->frags = frag;
}

net_buf* net_buf_frag_add(net_buf* head, net_buf* frag) {
  if (head == nullptr) return net_buf_ref(frag);
  net_buf_frag_insert(net_buf_frag_last(head), frag);
  return head;
}

net_buf* net_buf_frag_del(net_buf* parent, net_buf* frag) {
  net_buf* const next = frag->frags;
  if (parent != nullptr) parent->frags = next;
  frag->frags = nullptr;
  net_buf_unref(frag);
  return next;
}

size_t net_buf_linearize(void* to, size_t room, const net_buf* from, size_t offset, size_t len) {
  auto* const target = static_cast<std::uint8_t*>(to);
  std::size_t copied = 0;
  each_part(from, offset, std::min(len, room), [&](const std::uint8_t* part, std::size_t count) {
    std::memcpy(target + copied, part, count);
    copied += count;
    return true;
  });
  return copied;
}

size_t net_buf_data_match(const net_buf* buf, size_t offset, const void* data, size_t len) {
  const auto* const wanted = static_cast<const std::uint8_t*>(data);
  std::size_t same = 0;
  each_part(buf, offset, len, [&](const std::uint8_t* part, std::size_t count) {
    const auto differs = std::mismatch(part, part + count, wanted + same).first - part;
    same += static_cast<std::size_t>(differs);
    return static_cast<std::size_t>(differs) == count;
  });
  return same;
}

size_t net_buf_append_bytes(net_buf* buf, size_t len, const void* value, k_timeout_t timeout,
                            net_buf_allocator_cb allocate, void* user_data) {
  const auto* const octets = static_cast<const std::uint8_t*>(value);
  net_buf* last = net_buf_frag_last(buf);
  std::size_t added = 0;
  while (true) {
    const std::size_t count = std::min(len - added, net_buf_tailroom(last));
    net_buf_add_mem(last, octets + added, count);
    added += count;
    if (added == len) return added;
    net_buf* const more =
        allocate != nullptr
            ? allocate(timeout, user_data)
            : net_buf_alloc_len(buf->zsock_pool, std::min<std::size_t>(len - added, UINT16_MAX),
                                timeout);
    if (more == nullptr) return added;
    net_buf_frag_add(buf, more);
    last = more;
  }
}

net_buf* net_buf_skip(net_buf* buf, size_t len) {
  while (buf != nullptr && len > 0) {
    const std::size_t count = std::min<std::size_t>(len, buf->len);
    net_buf_pull(buf, count);
    len -= count;
    if (buf->len == 0) buf = net_buf_frag_del(nullptr, buf);
  }
  return buf;
}

void net_buf_reset(net_buf* buf) {
  net_buf_simple_reset(&buf->b);
}
