/* zsock_poll(), zsock_select(), event counters, and what ends a wait. */
#include <zephyr/sys/fdtable.h>
#include <zephyr/zvfs/eventfd.h>

#include "matrix.h"

/* A number that is no descriptor's. */
static int closed_number(void) {
  const int number = dup(0);

  GIVES(close(number), 0);
  return number;
}

static void test_poll(void) {
  struct zsock_pollfd entries[3] = {{.fd = -1, .events = ZSOCK_POLLIN, .revents = 9},
                                    {.fd = closed_number(), .events = ZSOCK_POLLIN},
                                    {.fd = -7, .events = 0}};
  int sv[2];
  char octet;

  FAILS(zsock_poll(entries, -1, 0), EINVAL);
  FAILS(zvfs_poll(entries, -1, 0), EINVAL);
  GIVES(zsock_poll(NULL, 0, 1), 0);
  GIVES(zsock_poll(entries, 3, -1), 1); /* at once: one is invalid, and counts */
  GIVES(entries[0].revents, 0);
  GIVES(entries[1].revents, ZSOCK_POLLNVAL);
  connected4(sv, 7030);
  entries[0] = (struct zsock_pollfd){.fd = sv[0], .events = ZSOCK_POLLIN};
  GIVES(zsock_poll(entries, 1, 0), 0);
  GIVES(zsock_poll(entries, 1, 20), 0);
  GIVES(zsock_send(sv[1], "x", 1, 0), 1);
  GIVES(zsock_poll(entries, 1, 5000), 1);
  GIVES(zsock_poll(entries, 1, 0), 1); /* exact without waiting, again */
  GIVES(entries[0].revents, ZSOCK_POLLIN);
  GIVES(zsock_recv(sv[0], &octet, 1, 0), 1);
  GIVES(zsock_poll(entries, 1, 0), 0);
  GIVES(zsock_close(sv[1]), 0);
  GIVES(zsock_poll(entries, 1, 5000), 1);
  GIVES(entries[0].revents, ZSOCK_POLLIN | ZSOCK_POLLHUP);
  GIVES(zsock_close(sv[0]), 0);
}

static void test_select(void) {
  zsock_fd_set set;
  struct zsock_timeval strange = {.tv_sec = -1};
  struct zsock_timeval now = {0, 0};
  struct timespec time = {0, 1};
  int sock = open4(UDP);
  const int nothing = closed_number();

  ZSOCK_FD_ZERO(&set);
  ZSOCK_FD_SET(-1, &set); /* ignored */
  ZSOCK_FD_SET(ZSOCK_FD_SETSIZE, &set);
  GIVES(ZSOCK_FD_ISSET(-1, &set) | ZSOCK_FD_ISSET(ZSOCK_FD_SETSIZE, &set), 0);
  FAILS(zsock_select(-1, &set, NULL, NULL, &now), EINVAL);
  FAILS(zsock_select(1, &set, NULL, NULL, &strange), EINVAL);
  ZSOCK_FD_SET(nothing, &set);
  FAILS(zsock_select(nothing + 1, &set, NULL, NULL, &now), EBADF);
  FAILS(zvfs_select(nothing + 1, &set, NULL, NULL, &time, NULL), EBADF);
  FAILS(zvfs_select(nothing + 1, &set, NULL, NULL, &time, &set), ENOTSUP);
  ZSOCK_FD_CLR(nothing, &set);
  ZSOCK_FD_SET(sock, &set);
  GIVES(zsock_select(sock + 1, &set, NULL, NULL, &now), 0);
  GIVES(ZSOCK_FD_ISSET(sock, &set), 0);
  ZSOCK_FD_SET(sock, &set);
  GIVES(zsock_select(sock + 1, NULL, &set, NULL, NULL), 1);
  GIVES(ZSOCK_FD_ISSET(sock, &set), 1);
  GIVES(zsock_close(sock), 0);
}

static void test_counters(void) {
  zvfs_eventfd_t count = 0;
  size_t place = 0;
  struct zsock_pollfd entry;
  int fd = zvfs_eventfd(2, ZVFS_EFD_SEMAPHORE | ZVFS_EFD_NONBLOCK);

  FAILS(zvfs_eventfd(0, 0x8000), EINVAL);
  FAILS(zvfs_eventfd_read(-1, &count), EBADF);
  FAILS(zvfs_eventfd_write(-1, 1), EBADF);
  FAILS(zvfs_eventfd_write(fd, UINT64_MAX), EINVAL);
  GIVES(zvfs_eventfd_read(fd, &count), 0);
  GIVES(count, 1);
  entry = (struct zsock_pollfd){.fd = fd, .events = ZSOCK_POLLIN};
  GIVES(zsock_poll(&entry, 1, 0), 1);
  GIVES(zvfs_read(fd, &count, sizeof(count), NULL), sizeof(count));
  FAILS(zvfs_read(fd, &count, sizeof(count), &place), ESPIPE);
  FAILS(zvfs_write(fd, &count, sizeof(count), &place), ESPIPE);
  FAILS(zvfs_eventfd_read(fd, &count), EAGAIN);
  GIVES(zvfs_eventfd_write(fd, UINT64_MAX - 1), 0);
  FAILS(zvfs_eventfd_write(fd, 1), EAGAIN);
  FAILS(zsock_close(fd), EBADF); /* it is the host's */
  GIVES(zvfs_close(fd), 0);
  FAILS(zvfs_close(fd), EBADF);
}

/* --- A thread that waits ------------------------------------------------------------------- */

struct waiter {
  int (*call)(int sock);
  int sock;
  int result;
  int error;
};

static K_THREAD_STACK_DEFINE(stack, 2048);
static struct k_thread thread;

static int wait_recv(int sock) {
  char octet;

  return (int)zsock_recv(sock, &octet, 1, 0);
}
static int wait_accept(int sock) {
  return zsock_accept(sock, NULL, NULL);
}
static int wait_connect(int sock) {
  struct sockaddr_in silent = at4("192.0.2.77", 7031);

  return zsock_connect(sock, ADDRESS(silent));
}
static int wait_poll(int sock) {
  struct zsock_pollfd entry = {.fd = sock, .events = ZSOCK_POLLIN};
  const int ready = zsock_poll(&entry, 1, 5000);

  return ready == 1 && (entry.revents & (ZSOCK_POLLHUP | ZSOCK_POLLNVAL)) != 0 ? -1 : ready;
}

static void run(void* p1, void* p2, void* p3) {
  struct waiter* waiter = p1;

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  waiter->result = waiter->call(waiter->sock);
  waiter->error = errno;
}

static void start(struct waiter* waiter) {
  k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), run, waiter, NULL, NULL, 0, 0,
                  K_NO_WAIT);
  k_msleep(100);
}

static void test_close_interrupts(void) {
  int listener = listening4(7032, 1);
  int stream = open4(TCP);
  struct waiter waiters[] = {{.call = wait_accept, .sock = listener},
                             {.call = wait_recv, .sock = bound4(UDP, 7033)},
                             {.call = wait_connect, .sock = stream}};

  for (size_t i = 0; i < ARRAY_SIZE(waiters); i++) {
    start(&waiters[i]);
    GIVES(zsock_close(waiters[i].sock), 0);
    GIVES(k_thread_join(&thread, K_SECONDS(5)), 0);
    GIVES(waiters[i].result, -1);
    GIVES(waiters[i].error, EINTR);
  }
}

static void test_close_of_a_connection(void) {
  int sv[2];
  struct waiter waiter;

  connected4(sv, 7034);
  waiter = (struct waiter){.call = wait_recv, .sock = sv[0]};
  start(&waiter);
  GIVES(zsock_close(sv[0]), 0);
  GIVES(k_thread_join(&thread, K_SECONDS(5)), 0);
  GIVES(waiter.result, -1);
  GIVES(waiter.error, EINTR);
  GIVES(zsock_close(sv[1]), 0);
}

static void test_shutdown_wakes(void) {
  int sv[2];
  struct waiter waiter;

  connected4(sv, 7035);
  waiter = (struct waiter){.call = wait_recv, .sock = sv[0]};
  start(&waiter);
  GIVES(zsock_shutdown(sv[0], ZSOCK_SHUT_RD), 0);
  GIVES(k_thread_join(&thread, K_SECONDS(5)), 0);
  GIVES(waiter.result, 0);
  waiter = (struct waiter){.call = wait_poll, .sock = sv[1]};
  start(&waiter);
  GIVES(zsock_close(sv[0]), 0); /* the peer's end ends a wait as well */
  GIVES(k_thread_join(&thread, K_SECONDS(5)), 0);
  GIVES(waiter.result, -1);
  GIVES(zsock_close(sv[1]), 0);
}

void test_waiting(void) {
  test_poll();
  test_select();
  test_counters();
  test_close_interrupts();
  test_close_of_a_connection();
  test_shutdown_wakes();
}
