/// \file
/// Buffers that grow at both ends.

#include <zephyr/net_buf_simple.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// A target would write over its neighbours.
void need(const char* what, std::size_t wanted, std::size_t there) {
  if (wanted <= there) return;
  std::fprintf(stderr, "zsock: net_buf: %s %zu octets, where there are %zu\n", what, wanted, there);
  std::abort();
}

std::uint16_t length(std::size_t octets) {
  return static_cast<std::uint16_t>(octets);
}

}  // namespace

void net_buf_simple_init(net_buf_simple* buf, size_t reserve) {
  // NET_BUF_SIMPLE(): the memory is behind the structure.
  if (buf->__buf == nullptr) buf->__buf = static_cast<std::uint8_t*>(static_cast<void*>(buf + 1));
  need("reserving", reserve, buf->size);
  buf->data = buf->__buf + reserve;
  buf->len = 0;
}

void net_buf_simple_init_with_data(net_buf_simple* buf, void* data, size_t size) {
  need("a buffer of", size, UINT16_MAX);
  auto* const octets = static_cast<std::uint8_t*>(data);
  *buf = {.data = octets, .len = length(size), .size = length(size), .__buf = octets};
}

void net_buf_simple_reset(net_buf_simple* buf) {
  buf->data = buf->__buf;
  buf->len = 0;
}

void net_buf_simple_clone(const net_buf_simple* original, net_buf_simple* clone) {
  *clone = *original;
}

void net_buf_simple_reserve(net_buf_simple* buf, size_t reserve) {
  need("reserving in one that is not empty:", buf->len, 0);
  need("reserving", reserve, buf->size);
  buf->data = buf->__buf + reserve;
}

size_t net_buf_simple_headroom(const net_buf_simple* buf) {
  return static_cast<std::size_t>(buf->data - buf->__buf);
}
size_t net_buf_simple_tailroom(const net_buf_simple* buf) {
  return buf->size - net_buf_simple_headroom(buf) - buf->len;
}
uint16_t net_buf_simple_max_len(const net_buf_simple* buf) {
  return length(buf->size - net_buf_simple_headroom(buf));
}

void* net_buf_simple_add(net_buf_simple* buf, size_t len) {
  need("adding", len, net_buf_simple_tailroom(buf));
  std::uint8_t* const tail = net_buf_simple_tail(buf);
  buf->len = length(buf->len + len);
  return tail;
}

void* net_buf_simple_add_mem(net_buf_simple* buf, const void* memory, size_t len) {
  void* const place = net_buf_simple_add(buf, len);
  if (len != 0) std::memcpy(place, memory, len);
  return place;
}

uint8_t* net_buf_simple_add_u8(net_buf_simple* buf, uint8_t value) {
  return static_cast<std::uint8_t*>(net_buf_simple_add_mem(buf, &value, 1));
}

void* net_buf_simple_remove_mem(net_buf_simple* buf, size_t len) {
  need("removing", len, buf->len);
  buf->len = length(buf->len - len);
  return net_buf_simple_tail(buf);
}

void* net_buf_simple_push(net_buf_simple* buf, size_t len) {
  need("pushing", len, net_buf_simple_headroom(buf));
  buf->data -= len;
  buf->len = length(buf->len + len);
  return buf->data;
}

void* net_buf_simple_push_mem(net_buf_simple* buf, const void* memory, size_t len) {
  void* const place = net_buf_simple_push(buf, len);
  if (len != 0) std::memcpy(place, memory, len);
  return place;
}

void* net_buf_simple_pull(net_buf_simple* buf, size_t len) {
  need("pulling", len, buf->len);
  buf->len = length(buf->len - len);
  buf->data += len;
  return buf->data;
}

void* net_buf_simple_pull_mem(net_buf_simple* buf, size_t len) {
  void* const pulled = buf->data;
  net_buf_simple_pull(buf, len);
  return pulled;
}
