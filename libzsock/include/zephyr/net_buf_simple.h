/** \file
 * Buffers that grow at both ends, without a pool: octets at `data`, `len` of them, within `size`.
 * What would leave the buffer ends the program with a line on standard error.
 */
#ifndef ZEPHYR_NET_BUF_SIMPLE_H_
#define ZEPHYR_NET_BUF_SIMPLE_H_

#include <zephyr/sys/byteorder.h>
#include <zephyr/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct net_buf_simple {
  uint8_t* data; /**< the first octet */
  uint16_t len;  /**< octets */
  uint16_t size; /**< room from __buf on */
  uint8_t* __buf;
};

/** A buffer with memory of its own. */
#define NET_BUF_SIMPLE_DEFINE(name, octets) \
  uint8_t net_buf_data_##name[octets];      \
  struct net_buf_simple name = {net_buf_data_##name, 0, (octets), net_buf_data_##name}
#define NET_BUF_SIMPLE_DEFINE_STATIC(name, octets) \
  static uint8_t net_buf_data_##name[octets];      \
  static struct net_buf_simple name = {net_buf_data_##name, 0, (octets), net_buf_data_##name}
/** A pointer to a buffer of the block that it is in; net_buf_simple_init() makes it ready. C only.
 */
#define NET_BUF_SIMPLE(octets)                \
  ((struct net_buf_simple*)(void*)(&(struct { \
    struct net_buf_simple buf;                \
    uint8_t data[octets];                     \
  }){.buf.size = (octets)}))

/** Empties it. \param reserve  octets of room in front */
void net_buf_simple_init(struct net_buf_simple* buf, size_t reserve);
/** A buffer that is full of the program's `data`. */
void net_buf_simple_init_with_data(struct net_buf_simple* buf, void* data, size_t size);
/** Empties it; no room in front. */
void net_buf_simple_reset(struct net_buf_simple* buf);
/** Another view of the same octets. */
void net_buf_simple_clone(const struct net_buf_simple* original, struct net_buf_simple* clone);
/** Makes room in front, of an empty one. */
void net_buf_simple_reserve(struct net_buf_simple* buf, size_t reserve);

size_t net_buf_simple_headroom(const struct net_buf_simple* buf);
size_t net_buf_simple_tailroom(const struct net_buf_simple* buf);
/** Octets that it may have without using the room in front. */
uint16_t net_buf_simple_max_len(const struct net_buf_simple* buf);
static inline uint8_t* net_buf_simple_tail(const struct net_buf_simple* buf) {
  return buf->data + buf->len;
}

/** `len` more octets behind, whose values are nobody's. \return the first of them */
void* net_buf_simple_add(struct net_buf_simple* buf, size_t len);
/** Copies `len` octets behind. \return the first of them */
void* net_buf_simple_add_mem(struct net_buf_simple* buf, const void* memory, size_t len);
/** \return where it is */
uint8_t* net_buf_simple_add_u8(struct net_buf_simple* buf, uint8_t value);
/** Takes `len` octets off the end. \return the first of them */
void* net_buf_simple_remove_mem(struct net_buf_simple* buf, size_t len);
/** `len` more octets in front. \return the first of them */
void* net_buf_simple_push(struct net_buf_simple* buf, size_t len);
/** Copies `len` octets in front. \return the first of them */
void* net_buf_simple_push_mem(struct net_buf_simple* buf, const void* memory, size_t len);
/** Takes `len` octets off the front. \return what is in front then */
void* net_buf_simple_pull(struct net_buf_simple* buf, size_t len);
/** Takes `len` octets off the front. \return the first of them */
void* net_buf_simple_pull_mem(struct net_buf_simple* buf, size_t len);

static inline void net_buf_simple_push_u8(struct net_buf_simple* buf, uint8_t value) {
  *(uint8_t*)net_buf_simple_push(buf, 1) = value;
}
static inline uint8_t net_buf_simple_pull_u8(struct net_buf_simple* buf) {
  return *(uint8_t*)net_buf_simple_pull_mem(buf, 1);
}
static inline uint8_t net_buf_simple_remove_u8(struct net_buf_simple* buf) {
  return *(uint8_t*)net_buf_simple_remove_mem(buf, 1);
}

/* Numbers of several octets: X(ORDER, BITS, TYPE). */
#define Z_NET_BUF_NUMBERS(X) \
  X(le, 16, uint16_t)        \
  X(be, 16, uint16_t)        \
  X(le, 24, uint32_t)        \
  X(be, 24, uint32_t)        \
  X(le, 32, uint32_t)        \
  X(be, 32, uint32_t)        \
  X(le, 40, uint64_t)        \
  X(be, 40, uint64_t)        \
  X(le, 48, uint64_t)        \
  X(be, 48, uint64_t)        \
  X(le, 64, uint64_t)        \
  X(be, 64, uint64_t)
/* net_buf_simple_add_le16(), _push_le16(), _pull_le16(), _remove_le16() and so on. */
#define Z_NET_BUF_SIMPLE_NUMBER(order, bits, type)                                               \
  static inline void net_buf_simple_add_##order##bits(struct net_buf_simple* buf, type value) {  \
    zsock_put_##order(value, (uint8_t*)net_buf_simple_add(buf, (bits) / 8), (bits) / 8);         \
  }                                                                                              \
  static inline void net_buf_simple_push_##order##bits(struct net_buf_simple* buf, type value) { \
    zsock_put_##order(value, (uint8_t*)net_buf_simple_push(buf, (bits) / 8), (bits) / 8);        \
  }                                                                                              \
  static inline type net_buf_simple_pull_##order##bits(struct net_buf_simple* buf) {             \
    return (type)zsock_get_##order((uint8_t*)net_buf_simple_pull_mem(buf, (bits) / 8),           \
                                   (bits) / 8);                                                  \
  }                                                                                              \
  static inline type net_buf_simple_remove_##order##bits(struct net_buf_simple* buf) {           \
    return (type)zsock_get_##order((uint8_t*)net_buf_simple_remove_mem(buf, (bits) / 8),         \
                                   (bits) / 8);                                                  \
  }
Z_NET_BUF_NUMBERS(Z_NET_BUF_SIMPLE_NUMBER)

/** Where parsing stands, to come back to. */
struct net_buf_simple_state {
  uint16_t offset;
  uint16_t len;
};
static inline void net_buf_simple_save(const struct net_buf_simple* buf,
                                       struct net_buf_simple_state* state) {
  state->offset = (uint16_t)net_buf_simple_headroom(buf);
  state->len = buf->len;
}
static inline void net_buf_simple_restore(struct net_buf_simple* buf,
                                          const struct net_buf_simple_state* state) {
  buf->data = buf->__buf + state->offset;
  buf->len = state->len;
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_BUF_SIMPLE_H_ */
