/** \file
 * Rings of octets for one writer and one reader, which may be threads: neither waits for the other.
 * What is claimed is written or read in place, and counts once it is finished.
 */
#ifndef ZEPHYR_SYS_RING_BUFFER_H_
#define ZEPHYR_SYS_RING_BUFFER_H_

#include <errno.h>
#include <string.h>
#include <zephyr/sys/util.h>

/* Counts of octets since the beginning; only their differences matter. */
struct ring_buf {
  uint8_t* buffer;
  uint32_t size;
  uint32_t written;
  uint32_t written_claim;
  uint32_t read;
  uint32_t read_claim;
};

#define RING_BUF_INIT(data, octets) \
  { (data), (octets), 0, 0, 0, 0 }
#define RING_BUF_DECLARE(name, octets)             \
  static uint8_t _ring_buffer_data_##name[octets]; \
  struct ring_buf name = RING_BUF_INIT(_ring_buffer_data_##name, octets)

static inline void ring_buf_init(struct ring_buf* ring, uint32_t size, uint8_t* data) {
  const struct ring_buf fresh = RING_BUF_INIT(data, size);

  *ring = fresh;
}
static inline void ring_buf_reset(struct ring_buf* ring) {
  ring_buf_init(ring, ring->size, ring->buffer);
}
static inline uint32_t ring_buf_capacity_get(const struct ring_buf* ring) {
  return ring->size;
}
/** Octets that can be read. */
static inline uint32_t ring_buf_size_get(const struct ring_buf* ring) {
  return __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE) - ring->read_claim;
}
/** Octets that can be written. */
static inline uint32_t ring_buf_space_get(const struct ring_buf* ring) {
  return ring->size - (ring->written_claim - __atomic_load_n(&ring->read, __ATOMIC_ACQUIRE));
}
static inline bool ring_buf_is_empty(const struct ring_buf* ring) {
  return ring_buf_size_get(ring) == 0;
}

/* Up to `size` octets at `position`, of `there`, that do not go round the end. */
static inline uint32_t zsock_ring_part(const struct ring_buf* ring, uint32_t position,
                                       uint32_t there, uint32_t size, uint8_t** data) {
  const uint32_t offset = position % ring->size;

  *data = ring->buffer + offset;
  return MIN(MIN(size, there), ring->size - offset);
}
/** \return octets at *data to write to, up to `size`; fewer at the end of the ring */
static inline uint32_t ring_buf_put_claim(struct ring_buf* ring, uint8_t** data, uint32_t size) {
  const uint32_t count =
      zsock_ring_part(ring, ring->written_claim, ring_buf_space_get(ring), size, data);

  ring->written_claim += count;
  return count;
}
/** `size` of what was claimed has been written. \return 0; -EINVAL: more than that */
static inline int ring_buf_put_finish(struct ring_buf* ring, uint32_t size) {
  if (size > ring->written_claim - ring->written) {
    return -EINVAL;
  }
  ring->written_claim = ring->written + size;
  __atomic_store_n(&ring->written, ring->written_claim, __ATOMIC_RELEASE);
  return 0;
}
/** \return octets at *data to read, up to `size`; fewer at the end of the ring */
static inline uint32_t ring_buf_get_claim(struct ring_buf* ring, uint8_t** data, uint32_t size) {
  const uint32_t count =
      zsock_ring_part(ring, ring->read_claim, ring_buf_size_get(ring), size, data);

  ring->read_claim += count;
  return count;
}
/** `size` of what was claimed has been read. \return 0; -EINVAL: more than that */
static inline int ring_buf_get_finish(struct ring_buf* ring, uint32_t size) {
  if (size > ring->read_claim - ring->read) {
    return -EINVAL;
  }
  ring->read_claim = ring->read + size;
  __atomic_store_n(&ring->read, ring->read_claim, __ATOMIC_RELEASE);
  return 0;
}

/** \return octets copied: as many as have room */
static inline uint32_t ring_buf_put(struct ring_buf* ring, const uint8_t* data, uint32_t size) {
  uint8_t* place;
  uint32_t total = 0;
  uint32_t count;

  while ((count = ring_buf_put_claim(ring, &place, size - total)) > 0) {
    memcpy(place, data + total, count);
    total += count;
  }
  (void)ring_buf_put_finish(ring, total);
  return total;
}
static inline uint32_t zsock_ring_copy(struct ring_buf* ring, uint8_t* data, uint32_t size) {
  uint8_t* place;
  uint32_t total = 0;
  uint32_t count;

  while ((count = ring_buf_get_claim(ring, &place, size - total)) > 0) {
    if (data != NULL) {
      memcpy(data + total, place, count);
    }
    total += count;
  }
  return total;
}
/** \param data  NULL: they are dropped
 * \return octets copied */
static inline uint32_t ring_buf_get(struct ring_buf* ring, uint8_t* data, uint32_t size) {
  const uint32_t total = zsock_ring_copy(ring, data, size);

  (void)ring_buf_get_finish(ring, total);
  return total;
}
/** As ring_buf_get(); the octets stay. */
static inline uint32_t ring_buf_peek(struct ring_buf* ring, uint8_t* data, uint32_t size) {
  const uint32_t total = zsock_ring_copy(ring, data, size);

  (void)ring_buf_get_finish(ring, 0);
  return total;
}

#endif /* ZEPHYR_SYS_RING_BUFFER_H_ */
