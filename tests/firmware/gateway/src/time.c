/* The time by SNTP (RFC 4330): asked in work of a queue of its own, again and again. */
#include <string.h>

#include <zephyr/logging/log.h>
LOG_MODULE_DECLARE(gateway, LOG_LEVEL_INF);

#include <zephyr/net/socket.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/byteorder.h>

#include "gateway.h"

#define SECONDS_1900_TO_1970 2208988800U
#define AGAIN K_MINUTES(10)
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 1600

struct sntp_packet {
  uint8_t mode;
  uint8_t stratum;
  uint8_t poll;
  int8_t precision;
  uint32_t root_delay;
  uint32_t root_dispersion;
  uint32_t reference;
  uint32_t times[6];
  uint32_t transmit[2];
} __packed;
BUILD_ASSERT(sizeof(struct sntp_packet) == 48, "RFC 4330");

K_THREAD_STACK_DEFINE(stack, 2048);
K_MUTEX_DEFINE(lock);
static struct k_work_q queue;
static struct k_work_delayable asking;
static int64_t offset_ms; /* from uptime to the time */
static bool known;
static int pause_ms;

int64_t time_now(void) {
  int64_t now = -EAGAIN;

  k_mutex_lock(&lock, K_FOREVER);
  if (known) {
    now = (k_uptime_get() + offset_ms) / MSEC_PER_SEC;
  }
  k_mutex_unlock(&lock);
  return now;
}

static int exchange(int sock, struct sntp_packet* packet) {
  uint32_t cookie[2] = {sys_rand32_get(), sys_rand32_get()};
  struct zsock_pollfd fds = {.fd = sock, .events = ZSOCK_POLLIN};

  memset(packet, 0, sizeof(*packet));
  packet->mode = 4 << 3 | 3;
  memcpy(packet->transmit, cookie, sizeof(cookie));
  if (zsock_send(sock, packet, sizeof(*packet), 0) != sizeof(*packet)) {
    return -errno;
  }
  if (zsock_poll(&fds, 1, 500) != 1) {
    return -ETIMEDOUT;
  }
  if (zsock_recv(sock, packet, sizeof(*packet), 0) != sizeof(*packet)) {
    return -EBADMSG;
  }
  /* A server's, an answer to this question, of a server that knows the time. */
  if ((packet->mode & 7) != 4 || memcmp(&packet->times[2], cookie, sizeof(cookie)) != 0 ||
      packet->stratum == 0) {
    return -EPROTO;
  }
  return 0;
}

static int ask(void) {
  struct zsock_addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
  struct zsock_addrinfo* found;
  struct sntp_packet packet;
  int sock;
  int ret;

  if (zsock_getaddrinfo(CONFIG_GATEWAY_TIME_SERVER, STRINGIFY(CONFIG_GATEWAY_TIME_PORT), &hints,
                        &found) != 0) {
    return -EHOSTUNREACH;
  }
  sock = zsock_socket(found->ai_family, found->ai_socktype, found->ai_protocol);
  ret = sock < 0 ? -errno : zsock_connect(sock, found->ai_addr, found->ai_addrlen);
  zsock_freeaddrinfo(found);
  if (ret == 0) {
    ret = exchange(sock, &packet);
  }
  if (ret == 0) {
    int64_t seconds = (int64_t)ntohl(packet.transmit[0]) - SECONDS_1900_TO_1970;

    k_mutex_lock(&lock, K_FOREVER);
    offset_ms = seconds * MSEC_PER_SEC - k_uptime_get();
    known = true;
    k_mutex_unlock(&lock);
  }
  if (sock >= 0) {
    zsock_close(sock);
  }
  return ret;
}

static void ask_and_again(struct k_work* work) {
  struct k_work_delayable* dwork = k_work_delayable_from_work(work);
  int ret = ask();

  if (ret == 0) {
    LOG_INF("the time is known");
    pause_ms = FIRST_PAUSE_MS;
    k_work_reschedule_for_queue(&queue, dwork, AGAIN);
    return;
  }
  LOG_WRN("no time: %d, again in %d ms", ret, pause_ms);
  k_work_reschedule_for_queue(&queue, dwork, K_MSEC(pause_ms));
  pause_ms = MIN(pause_ms * 2, LONGEST_PAUSE_MS);
}

void time_start(void) {
  static bool started;

  if (!started) {
    k_work_queue_start(&queue, stack, K_THREAD_STACK_SIZEOF(stack), K_PRIO_PREEMPT(9), NULL);
    k_work_init_delayable(&asking, ask_and_again);
    started = true;
  }
  pause_ms = FIRST_PAUSE_MS;
  k_work_schedule_for_queue(&queue, &asking, K_NO_WAIT);
}

void time_stop(void) {
  struct k_work_sync sync;

  k_work_cancel_delayable_sync(&asking, &sync);
}
