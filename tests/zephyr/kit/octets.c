/* What needs no kernel: rings of octets, checksums, base 64, dates; and the small kernel objects of
 * <zephyr/sys>. */
#include <sys/wait.h>
#include <unistd.h>
#include <zephyr/sys/base64.h>
#include <zephyr/sys/crc.h>
#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/mutex.h>
#include <zephyr/sys/reboot.h>
#include <zephyr/sys/ring_buffer.h>
#include <zephyr/sys/sem.h>
#include <zephyr/sys/timeutil.h>

#include "kit.h"

RING_BUF_DECLARE(ring, 8);

static void test_ring(void) {
  uint8_t text[16];
  uint8_t* place;

  CHECK(ring_buf_is_empty(&ring));
  CHECK_EQ(ring_buf_capacity_get(&ring), 8);
  CHECK_EQ(ring_buf_put(&ring, (const uint8_t*)"abcdefghij", 10), 8);
  CHECK_EQ(ring_buf_space_get(&ring), 0);
  CHECK_EQ(ring_buf_put(&ring, (const uint8_t*)"x", 1), 0);
  CHECK_EQ(ring_buf_peek(&ring, text, 3), 3);
  CHECK(memcmp(text, "abc", 3) == 0);
  CHECK_EQ(ring_buf_get(&ring, text, 5), 5);
  CHECK(memcmp(text, "abcde", 5) == 0);
  CHECK_EQ(ring_buf_put(&ring, (const uint8_t*)"klmn", 4), 4); /* round the end */
  CHECK_EQ(ring_buf_size_get(&ring), 7);
  CHECK_EQ(ring_buf_get(&ring, NULL, 2), 2);
  CHECK_EQ(ring_buf_get(&ring, text, 16), 5);
  CHECK(memcmp(text, "hklmn", 5) == 0);

  /* In place: in two parts at the end; what is not finished has not happened. */
  ring_buf_reset(&ring);
  CHECK_EQ(ring_buf_put(&ring, (const uint8_t*)"123456", 6), 6);
  CHECK_EQ(ring_buf_get(&ring, NULL, 6), 6);
  CHECK_EQ(ring_buf_put_claim(&ring, &place, 5), 2);
  memcpy(place, "AB", 2);
  CHECK_EQ(ring_buf_put_claim(&ring, &place, 3), 3);
  memcpy(place, "CDE", 3);
  CHECK(ring_buf_is_empty(&ring));
  CHECK_EQ(ring_buf_put_finish(&ring, 6), -EINVAL);
  CHECK_EQ(ring_buf_put_finish(&ring, 4), 0);
  CHECK_EQ(ring_buf_size_get(&ring), 4);
  CHECK_EQ(ring_buf_get_claim(&ring, &place, 8), 2);
  CHECK(memcmp(place, "AB", 2) == 0);
  CHECK_EQ(ring_buf_get_claim(&ring, &place, 8), 2);
  CHECK(memcmp(place, "CD", 2) == 0);
  CHECK_EQ(ring_buf_get_finish(&ring, 5), -EINVAL);
  CHECK_EQ(ring_buf_get_finish(&ring, 1), 0);
  CHECK_EQ(ring_buf_size_get(&ring), 3);
}

#define STREAM 20000
RING_BUF_DECLARE(stream, 61);

static void write_stream(void* p1, void* p2, void* p3) {
  uint32_t written = 0;

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  while (written < STREAM) {
    const uint8_t octet = (uint8_t)(written % 251);

    if (ring_buf_put(&stream, &octet, 1) == 1) {
      ++written;
    } else {
      k_yield();
    }
  }
}

static void test_ring_between_threads(void) {
  struct helper helper;
  uint8_t part[17];
  uint32_t read = 0;
  uint32_t wrong = 0;

  helper_start(&helper, write_stream, NULL);
  while (read < STREAM) {
    const uint32_t count = ring_buf_get(&stream, part, sizeof(part));
    uint32_t i;

    if (count == 0) {
      k_yield();
    }
    for (i = 0; i < count; ++i, ++read) {
      wrong += part[i] != read % 251;
    }
  }
  CHECK_EQ(wrong, 0);
  helper_join(&helper);
}

/* The check values of the catalogues. */
static void test_crc(void) {
  const uint8_t* digits = (const uint8_t*)"123456789";

  CHECK_EQ(crc7_be(0, digits, 9), 0x75 << 1);
  CHECK_EQ(crc8_ccitt(0, digits, 9), 0xf4);
  CHECK_EQ(crc8(digits, 9, 0x31, 0xff, false), 0xf7);
  CHECK_EQ(crc8(digits, 9, 0x8c, 0, true), 0xa1);
  CHECK_EQ(crc16(0x8005, 0, digits, 9), 0xfee8);
  CHECK_EQ(crc16_ccitt(0, digits, 9), 0x2189);
  CHECK_EQ(crc16_ccitt(0xffff, digits, 9), 0x6f91);
  CHECK_EQ(crc16_itu_t(0, digits, 9), 0x31c3);
  CHECK_EQ(crc16_itu_t(0xffff, digits, 9), 0x29b1);
  CHECK_EQ(crc16_ansi(digits, 9), 0x4b37);
  CHECK_EQ(crc32_ieee(digits, 9), 0xcbf43926);
  CHECK_EQ(crc32_ieee_update(crc32_ieee(digits, 4), digits + 4, 5), 0xcbf43926);
  CHECK_EQ(crc32_c(0, digits, 9, true, true), 0xe3069283);
  CHECK_EQ(crc32_c(crc32_c(0, digits, 4, true, false), digits + 4, 5, false, true), 0xe3069283);
}

/* RFC 4648 10. */
static void test_base64(void) {
  static const char* const pairs[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}};
  uint8_t to[32];
  size_t length;

  ARRAY_FOR_EACH(pairs, i) {
    const size_t octets = strlen(pairs[i][0]);

    CHECK_EQ(base64_encode(to, sizeof(to), &length, (const uint8_t*)pairs[i][0], octets), 0);
    CHECK(length == strlen(pairs[i][1]) && strcmp((char*)to, pairs[i][1]) == 0);
    CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)pairs[i][1], length), 0);
    CHECK(length == octets && memcmp(to, pairs[i][0], octets) == 0);
  }
  CHECK_EQ(base64_encode(to, 8, &length, (const uint8_t*)"foobar", 6), -ENOMEM);
  CHECK_EQ(length, 9);
  CHECK_EQ(base64_encode(NULL, 0, &length, (const uint8_t*)"", 0), -ENOMEM);
  CHECK_EQ(base64_decode(to, 5, &length, (const uint8_t*)"Zm9vYmFy", 8), -ENOMEM);
  CHECK_EQ(length, 6);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"Zm9v\r\nYmFy\n", 11), 0);
  CHECK_EQ(length, 6);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"+/+/", 4), 0);
  CHECK(memcmp(to, "\xfb\xff\xbf", 3) == 0);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"Zm9", 3), -EINVAL);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"Z===", 4), -EINVAL);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"Zg=v", 4), -EINVAL);
  CHECK_EQ(base64_decode(to, sizeof(to), &length, (const uint8_t*)"Zm-_", 4), -EINVAL);
}

static void test_dates(void) {
  struct tm date = {.tm_year = 70, .tm_mday = 1};

  CHECK_EQ(timeutil_timegm64(&date), 0);
  date = (struct tm){
      .tm_year = 100, .tm_mon = 1, .tm_mday = 29, .tm_hour = 23, .tm_min = 59, .tm_sec = 59};
  CHECK_EQ(timeutil_timegm64(&date), 951868799);
  date = (struct tm){
      .tm_year = 136, .tm_mon = 1, .tm_mday = 7, .tm_hour = 6, .tm_min = 28, .tm_sec = 16};
  CHECK_EQ(timeutil_timegm(&date), 2085978496);
  date = (struct tm){.tm_year = 0, .tm_mday = 1};
  CHECK_EQ(timeutil_timegm64(&date), INT64_C(-2208988800));
}

SYS_MUTEX_DEFINE(mutex);
SYS_SEM_DEFINE(sem, 1, 1);

static void test_objects(void) {
  struct sys_sem other;

  CHECK_EQ(sys_mutex_unlock(&mutex), -EINVAL);
  CHECK_EQ(sys_mutex_lock(&mutex, K_NO_WAIT), 0);
  CHECK_EQ(sys_mutex_unlock(&mutex), 0);
  CHECK_EQ(sys_sem_give(&sem), -EAGAIN);
  CHECK_EQ(sys_sem_take(&sem, K_NO_WAIT), 0);
  CHECK_EQ(sys_sem_take(&sem, K_NO_WAIT), -ETIMEDOUT);
  CHECK_EQ(sys_sem_take(&sem, K_MSEC(2)), -ETIMEDOUT);
  CHECK_EQ(sys_sem_give(&sem), 0);
  CHECK_EQ(sys_sem_count_get(&sem), 1);
  CHECK_EQ(sys_sem_init(&other, 1, 0), -EINVAL);
}

static void test_reboot(void) {
  int status = 0;
  pid_t child;

  fflush(NULL);
  child = fork();
  if (child == 0) {
    sys_reboot(SYS_REBOOT_WARM);
  }
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), ZSOCK_REBOOT_STATUS);
}

struct command {
  const char* name;
  int value;
  char odd;
};
static STRUCT_SECTION_ITERABLE(command, first) = {"first", 1, 'a'};
static STRUCT_SECTION_ITERABLE(command, second) = {"second", 2, 'b'};
static STRUCT_SECTION_ITERABLE(command, third) = {"third", 4, 'c'};
struct nothing {
  int value;
};

static void test_lists_of_the_linker(void) {
  struct command* found;
  size_t count;
  int sum = 0;
  int nothings = 0;

  STRUCT_SECTION_FOREACH(command, each) {
    sum += each->value;
    CHECK_EQ(each->odd - 'a', each == &first ? 0 : each == &second ? 1 : 2);
  }
  CHECK_EQ(sum, 7);
  STRUCT_SECTION_COUNT(command, &count);
  CHECK_EQ(count, 3);
  for (sum = 0; count > 0;) {
    STRUCT_SECTION_GET(command, --count, &found);
    sum += found->value;
  }
  CHECK_EQ(sum, 7);
  STRUCT_SECTION_FOREACH(nothing, none) {
    nothings += none->value + 1;
  }
  CHECK_EQ(nothings, 0);
}

void test_octets(void) {
  test_lists_of_the_linker();
  test_ring();
  test_ring_between_threads();
  test_crc();
  test_base64();
  test_dates();
  test_objects();
  test_reboot();
}
