/** \file IPv4 addresses. */
#include "libzsock/simba/thread.h"

int inet_module_init(void) {
  return 0;
}

/* 0 to 255 in decimal. \return what follows, NULL if it is none */
static const char* parse_octet(const char* at, uint8_t* octet) {
  unsigned int value = 0;
  int digits = 0;

  for (; *at >= '0' && *at <= '9'; at++) {
    value = value * 10 + (unsigned int)(*at - '0');
    if (++digits > 3 || value > 255) return NULL;
  }
  *octet = (uint8_t)value;
  return digits == 0 ? NULL : at;
}

int inet_aton(const char* src_p, struct inet_ip_addr_t* dst_p) {
  uint8_t octets[4];
  int i;

  ASSERTN(src_p != NULL && dst_p != NULL, EINVAL);
  for (i = 0; i < 4; i++) {
    if (i > 0 && *src_p++ != '.') return -EINVAL;
    src_p = parse_octet(src_p, &octets[i]);
    if (src_p == NULL) return -EINVAL;
  }
  if (*src_p != '\0') return -EINVAL;
  memcpy(&dst_p->number, octets, sizeof(octets));
  return 0;
}

char* inet_ntoa(const struct inet_ip_addr_t* src_p, char* dst_p) {
  uint8_t octets[4];

  memcpy(octets, &src_p->number, sizeof(octets));
  sprintf(dst_p, "%d.%d.%d.%d", octets[0], octets[1], octets[2], octets[3]);
  return dst_p;
}

uint16_t inet_checksum(void* buf_p, size_t size) {
  const uint8_t* octets = buf_p;
  uint32_t sum = 0;
  size_t i;

  for (i = 0; i < size; i++) {
    sum += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return htons((uint16_t)~sum);
}
