/* Frames in and out of octets. */
#include "telemetry.h"

#include <zephyr/sys/byteorder.h>

int frame_write(uint8_t* to, size_t size, enum kind kind, const char* data, size_t length) {
  if (length > FRAME_MOST || FRAME_HEADER + length > size) {
    return -EMSGSIZE;
  }
  to[0] = (uint8_t)kind;
  sys_put_be16((uint16_t)length, &to[1]);
  if (length > 0) {
    memcpy(&to[FRAME_HEADER], data, length);
  }
  return FRAME_HEADER + (int)length;
}

void frame_reader_reset(struct frame_reader* reader) {
  reader->filled = 0;
}

int frame_reader_fill(struct frame_reader* reader, int sock) {
  const size_t room = sizeof(reader->octets) - reader->filled;
  ssize_t length;

  if (room == 0) {
    return 0;
  }
  length = zsock_recv(sock, &reader->octets[reader->filled], room, ZSOCK_MSG_DONTWAIT);
  if (length < 0) {
    return -errno;
  }
  if (length == 0) {
    return -ECONNRESET;
  }
  reader->filled += (size_t)length;
  return 0;
}

int frame_reader_next(struct frame_reader* reader, struct frame* frame) {
  uint16_t length;

  if (reader->filled < FRAME_HEADER) {
    return 0;
  }
  length = sys_get_be16(&reader->octets[1]);
  if (length > FRAME_MOST || reader->octets[0] < HELLO || reader->octets[0] > BYE) {
    return -EPROTO;
  }
  if (reader->filled < (size_t)FRAME_HEADER + length) {
    return 0;
  }
  frame->kind = (enum kind)reader->octets[0];
  frame->length = length;
  memcpy(frame->data, &reader->octets[FRAME_HEADER], length);
  frame->data[length] = '\0';
  reader->filled -= (size_t)FRAME_HEADER + length;
  memmove(reader->octets, &reader->octets[FRAME_HEADER + length], reader->filled);
  return 1;
}
