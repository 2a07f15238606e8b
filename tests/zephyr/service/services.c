#include "tests/zephyr/service/services.h"

static int initialised;
static int order;

static int last(void) {
  order = order * 10 + 3;
  return -EIO;
}

static int second(void) {
  order = order * 10 + 2;
  return 0;
}

static int first(void) {
  order = order * 10 + 1;
  initialised++;
  return 0;
}

SYS_INIT(last, APPLICATION, 99);
SYS_INIT(second, APPLICATION, CONFIG_APPLICATION_INIT_PRIORITY);
SYS_INIT(first, POST_KERNEL, 99);

int how_often_initialised(void) {
  return initialised;
}

int order_of_initialisation(void) {
  return order;
}

/* Zephyr 3.6 */
static void note_work(struct k_work* work) {
  note_event(CONTAINER_OF(work, struct net_socket_service_event, work));
}

NET_SOCKET_SERVICE_SYNC_DEFINE(service_one, note_event, 3);
NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(service_static, note_event, 1);
NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(service_old, NULL, note_work, 2);

NET_SOCKET_SERVICE_ASYNC_DEFINE_STATIC(service_async, NULL, note_work, 1);

const struct net_socket_service_desc* async_form(void) {
  return &service_async;
}

const struct net_socket_service_desc* static_service(void) {
  return &service_static;
}

const struct net_socket_service_desc* old_form(void) {
  return &service_old;
}
