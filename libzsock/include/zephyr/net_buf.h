/** \file
 * Buffers from pools, counted by references, in chains of fragments. Headers and octets are the
 * host's memory: a pool only limits how many there are. References may be taken and given back by
 * several threads; the octets are one thread's at a time.
 */
#ifndef ZEPHYR_NET_BUF_H_
#define ZEPHYR_NET_BUF_H_

#include <zephyr/kernel.h>
#include <zephyr/net_buf_simple.h>
#include <zephyr/sys/slist.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Of net_buf::flags. */
#define NET_BUF_FRAGS BIT(0)
#define NET_BUF_EXTERNAL_DATA BIT(1)

/* Unnamed members and arrays without a size are not in every standard. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"

struct net_buf {
  sys_snode_t node;      /**< of the k_fifo, k_lifo or list that it is in */
  struct net_buf* frags; /**< the next fragment */
  uint8_t ref;
  uint8_t flags;
  uint8_t pool_id;
  uint8_t user_data_size;
  union {
    struct {
      uint8_t* data;
      uint16_t len;
      uint16_t size;
      uint8_t* __buf;
    };
    struct net_buf_simple b;
  };
  struct net_buf_pool* zsock_pool;
  struct zsock_net_buf_octets* zsock_octets; /* NULL: none, or the program's */
  uint8_t user_data[] __attribute__((__aligned__(16)));
};

#pragma GCC diagnostic pop

struct net_buf_pool {
  struct k_lifo free;
  uint16_t buf_count;
  uint8_t user_data_size;
  uint8_t zsock_kind;
  size_t zsock_size; /* of each buffer of a fixed pool */
  struct k_heap* zsock_heap;
  void (*destroy)(struct net_buf* buf); /**< may be NULL; calls net_buf_destroy() */
  const char* name;
  atomic_t avail_count; /**< of buffers, once the first one has been taken */
  void* zsock_buffers;
};

enum zsock_net_buf_kind { ZSOCK_NET_BUF_FIXED, ZSOCK_NET_BUF_VAR, ZSOCK_NET_BUF_HEAP };
#define Z_NET_BUF_POOL(pool, count, kind, octets, heap, user_octets, release) \
  struct net_buf_pool pool = {{Z_QUEUE_INITIALIZER},                          \
                              (count),                                        \
                              (user_octets),                                  \
                              (kind),                                         \
                              (octets),                                       \
                              (heap),                                         \
                              (release),                                      \
                              #pool,                                          \
                              (count),                                        \
                              NULL}
#define Z_NET_BUF_FIXED5(pool, count, octets, user_octets, release) \
  Z_NET_BUF_POOL(pool, count, ZSOCK_NET_BUF_FIXED, octets, NULL, user_octets, release)
#define Z_NET_BUF_FIXED4(pool, count, octets, release) \
  Z_NET_BUF_FIXED5(pool, count, octets, CONFIG_NET_BUF_USER_DATA_SIZE, release)
#define Z_NET_BUF_VAR5(pool, count, octets, user_octets, release) \
  static K_HEAP_DEFINE(net_buf_mem_pool_##pool, octets);          \
  Z_NET_BUF_POOL(pool, count, ZSOCK_NET_BUF_VAR, 0, &net_buf_mem_pool_##pool, user_octets, release)
#define Z_NET_BUF_VAR4(pool, count, octets, release) \
  Z_NET_BUF_VAR5(pool, count, octets, CONFIG_NET_BUF_USER_DATA_SIZE, release)
#define Z_NET_BUF_HEAP4(pool, count, user_octets, release) \
  Z_NET_BUF_POOL(pool, count, ZSOCK_NET_BUF_HEAP, 0, NULL, user_octets, release)
#define Z_NET_BUF_HEAP3(pool, count, release) \
  Z_NET_BUF_HEAP4(pool, count, CONFIG_NET_BUF_USER_DATA_SIZE, release)
#define Z_NET_BUF_PICK(a1, a2, a3, a4, a5, picked, ...) picked

/** Buffers of one size: (pool, count, octets, user octets, destroy); without the user octets before
 * Zephyr 3.1. */
#define NET_BUF_POOL_FIXED_DEFINE(...) \
  Z_NET_BUF_PICK(__VA_ARGS__, Z_NET_BUF_FIXED5, Z_NET_BUF_FIXED4, 0, 0, 0)(__VA_ARGS__)
#define NET_BUF_POOL_DEFINE(...) NET_BUF_POOL_FIXED_DEFINE(__VA_ARGS__)
/** Buffers of any size, whose octets together are no more than `octets`. */
#define NET_BUF_POOL_VAR_DEFINE(...) \
  Z_NET_BUF_PICK(__VA_ARGS__, Z_NET_BUF_VAR5, Z_NET_BUF_VAR4, 0, 0, 0)(__VA_ARGS__)
/** Buffers of any size of k_malloc(): (pool, count, user octets, destroy). */
#define NET_BUF_POOL_HEAP_DEFINE(...) \
  Z_NET_BUF_PICK(__VA_ARGS__, 0, Z_NET_BUF_HEAP4, Z_NET_BUF_HEAP3, 0, 0)(__VA_ARGS__)

/** The pool with that net_buf::pool_id. \return NULL: no buffer of it has been taken yet */
struct net_buf_pool* net_buf_pool_get(int id);
/** Which buffer of its pool it is, from 0. */
int net_buf_id(const struct net_buf* buf);

/** \return a buffer of a fixed pool, or one without octets; NULL: none in time */
struct net_buf* net_buf_alloc_fixed(struct net_buf_pool* pool, k_timeout_t timeout);
#define net_buf_alloc(pool, timeout) net_buf_alloc_fixed(pool, timeout)
/** \return a buffer with room for `size` octets, of a fixed pool for as many as it has; NULL: none
 * in time */
struct net_buf* net_buf_alloc_len(struct net_buf_pool* pool, size_t size, k_timeout_t timeout);
/** A buffer that is full of the program's `data`. */
struct net_buf* net_buf_alloc_with_data(struct net_buf_pool* pool, void* data, size_t size,
                                        k_timeout_t timeout);
/** Gives it back to its pool, whatever its references: for destroy functions of pools. */
void net_buf_destroy(struct net_buf* buf);
/** Takes a reference. \return `buf` */
struct net_buf* net_buf_ref(struct net_buf* buf);
/** Gives a reference back. The last one gives the buffer back, and goes on with its fragments. */
void net_buf_unref(struct net_buf* buf);
/** Another buffer of the pool with the same octets: a view of them, of a fixed pool a copy.
 * \return NULL: none in time */
struct net_buf* net_buf_clone(struct net_buf* buf, k_timeout_t timeout);

static inline void* net_buf_user_data(const struct net_buf* buf) {
  return (void*)buf->user_data;
}
/** \return 0; -EINVAL: `to` has no room for it */
int net_buf_user_data_copy(struct net_buf* to, const struct net_buf* from);

/** A buffer with its fragments, as one item. */
void net_buf_slist_put(sys_slist_t* list, struct net_buf* buf);
/** \return NULL: the list is empty */
struct net_buf* net_buf_slist_get(sys_slist_t* list);
/** The same with a k_fifo (before Zephyr 4.0). */
static inline void net_buf_put(struct k_fifo* fifo, struct net_buf* buf) {
  k_fifo_put(fifo, buf);
}
static inline struct net_buf* net_buf_get(struct k_fifo* fifo, k_timeout_t timeout) {
  return (struct net_buf*)k_fifo_get(fifo, timeout);
}

struct net_buf* net_buf_frag_last(struct net_buf* buf);
/** Puts `frag` and its fragments behind `parent`, whose reference they become. */
void net_buf_frag_insert(struct net_buf* parent, struct net_buf* frag);
/** Puts `frag` at the end. \return `head`; a reference of `frag` if that is NULL */
struct net_buf* net_buf_frag_add(struct net_buf* head, struct net_buf* frag);
/** Takes `frag` out and gives its reference back. \param parent  NULL if it is the first
 * \return the fragment behind it */
struct net_buf* net_buf_frag_del(struct net_buf* parent, struct net_buf* frag);
/** Octets of all fragments. */
static inline size_t net_buf_frags_len(const struct net_buf* buf) {
  size_t octets = 0;

  for (; buf != NULL; buf = buf->frags) {
    octets += buf->len;
  }
  return octets;
}
/** Copies up to `len` octets from `offset` on, across fragments. \return how many */
size_t net_buf_linearize(void* to, size_t room, const struct net_buf* from, size_t offset,
                         size_t len);
/** How many octets of `data` are those from `offset` on. */
size_t net_buf_data_match(const struct net_buf* buf, size_t offset, const void* data, size_t len);
typedef struct net_buf* (*net_buf_allocator_cb)(k_timeout_t timeout, void* user_data);
/** Copies octets behind the last fragment, with new fragments as needed: from `allocate`, or the
 * pool of `buf` if that is NULL. \return how many have found room */
size_t net_buf_append_bytes(struct net_buf* buf, size_t len, const void* value, k_timeout_t timeout,
                            net_buf_allocator_cb allocate, void* user_data);
/** Takes `len` octets off the front; fragments without any are given back. \return what is left */
struct net_buf* net_buf_skip(struct net_buf* buf, size_t len);

/** Empties it; it has no fragments. */
void net_buf_reset(struct net_buf* buf);
/* The same as of struct net_buf_simple. */
#define net_buf_reserve(buf, octets) net_buf_simple_reserve(&(buf)->b, octets)
#define net_buf_add(buf, len) net_buf_simple_add(&(buf)->b, len)
#define net_buf_add_mem(buf, memory, len) net_buf_simple_add_mem(&(buf)->b, memory, len)
#define net_buf_add_u8(buf, value) net_buf_simple_add_u8(&(buf)->b, value)
#define net_buf_remove_mem(buf, len) net_buf_simple_remove_mem(&(buf)->b, len)
#define net_buf_remove_u8(buf) net_buf_simple_remove_u8(&(buf)->b)
#define net_buf_push(buf, len) net_buf_simple_push(&(buf)->b, len)
#define net_buf_push_mem(buf, memory, len) net_buf_simple_push_mem(&(buf)->b, memory, len)
#define net_buf_push_u8(buf, value) net_buf_simple_push_u8(&(buf)->b, value)
#define net_buf_pull(buf, len) net_buf_simple_pull(&(buf)->b, len)
#define net_buf_pull_mem(buf, len) net_buf_simple_pull_mem(&(buf)->b, len)
#define net_buf_pull_u8(buf) net_buf_simple_pull_u8(&(buf)->b)
#define net_buf_headroom(buf) net_buf_simple_headroom(&(buf)->b)
#define net_buf_tailroom(buf) net_buf_simple_tailroom(&(buf)->b)
#define net_buf_max_len(buf) net_buf_simple_max_len(&(buf)->b)
#define net_buf_tail(buf) net_buf_simple_tail(&(buf)->b)
/* net_buf_add_le16(), _push_le16(), _pull_le16(), _remove_le16() and so on. */
#define Z_NET_BUF_NUMBER(order, bits, type)                                        \
  static inline void net_buf_add_##order##bits(struct net_buf* buf, type value) {  \
    net_buf_simple_add_##order##bits(&buf->b, value);                              \
  }                                                                                \
  static inline void net_buf_push_##order##bits(struct net_buf* buf, type value) { \
    net_buf_simple_push_##order##bits(&buf->b, value);                             \
  }                                                                                \
  static inline type net_buf_pull_##order##bits(struct net_buf* buf) {             \
    return net_buf_simple_pull_##order##bits(&buf->b);                             \
  }                                                                                \
  static inline type net_buf_remove_##order##bits(struct net_buf* buf) {           \
    return net_buf_simple_remove_##order##bits(&buf->b);                           \
  }
Z_NET_BUF_NUMBERS(Z_NET_BUF_NUMBER)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_BUF_H_ */
