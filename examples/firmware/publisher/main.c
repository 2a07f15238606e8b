/*
 * "publisher ADDRESS PORT COUNT": a sensor that publishes. Delayable work takes samples, a message
 * queue carries them to a thread, the thread publishes them to a broker as frames of its own small
 * kind (a type, the lengths of topic and payload, both of them) and waits for the acknowledgement
 * of each. It publishes while the network is connected, connects again after a failure, and ends
 * when COUNT samples are acknowledged.
 */
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_mgmt.h>
#include <zephyr/net/socket.h>
#include <zephyr/sys/byteorder.h>

LOG_MODULE_REGISTER(publisher, LOG_LEVEL_INF);

#ifndef CONFIG_PUBLISHER_PERIOD
#define CONFIG_PUBLISHER_PERIOD 100
#endif

#define TOPIC "sensors/temperature"
#define PUBLISH 3
#define ACKNOWLEDGED 4
#define HEADER 4 /* type, octets of the topic, octets of the payload (16 bits) */

struct sample {
  uint32_t number;
  int32_t millidegrees;
};

K_MSGQ_DEFINE(samples, sizeof(struct sample), 8, 4);
static K_SEM_DEFINE(connected, 0, 1);
static K_SEM_DEFINE(done, 0, 1);
static struct sockaddr_in broker;
static uint32_t wanted;
static struct net_mgmt_event_callback on_network;

static void take_sample(struct k_work* work) {
  static uint32_t number;
  struct sample sample = {.number = ++number, .millidegrees = 20000 + (int32_t)(number % 7) * 100};

  if (k_msgq_put(&samples, &sample, K_NO_WAIT) == -ENOMSG) {
    LOG_WRN("sample %u is lost", sample.number);
  }
  (void)k_work_reschedule(k_work_delayable_from_work(work), K_MSEC(CONFIG_PUBLISHER_PERIOD));
}
static K_WORK_DELAYABLE_DEFINE(sampling, take_sample);

static int publish(int sock, const struct sample* sample) {
  uint8_t frame[HEADER + sizeof(TOPIC) + 24];
  uint8_t acknowledgement[HEADER];
  char* payload = (char*)frame + HEADER + sizeof(TOPIC) - 1;
  int length = snprintk(payload, 24, "%u %d", sample->number, (int)sample->millidegrees);
  size_t size = HEADER + sizeof(TOPIC) - 1 + (size_t)length;

  frame[0] = PUBLISH;
  frame[1] = sizeof(TOPIC) - 1;
  sys_put_be16((uint16_t)length, &frame[2]);
  memcpy(frame + HEADER, TOPIC, sizeof(TOPIC) - 1);
  if (zsock_send(sock, frame, size, 0) != (ssize_t)size ||
      zsock_recv(sock, acknowledgement, HEADER, ZSOCK_MSG_WAITALL) != HEADER) {
    return -1;
  }
  return acknowledgement[0] == ACKNOWLEDGED ? 0 : -1;
}

static int reach_broker(void) {
  int sock = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

  if (sock >= 0 && zsock_connect(sock, (struct sockaddr*)&broker, sizeof(broker)) < 0) {
    (void)zsock_close(sock);
    sock = -1;
  }
  return sock;
}

static void publish_samples(void* p1, void* p2, void* p3) {
  uint32_t acknowledged = 0;
  int sock = -1;
  struct sample sample;

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_sem_take(&connected, K_FOREVER);
  while (acknowledged < wanted) {
    if (sock < 0) {
      sock = reach_broker();
    }
    if (sock < 0) {
      LOG_WRN("no broker: %d", errno);
      k_msleep(CONFIG_PUBLISHER_PERIOD);
      continue;
    }
    if (k_msgq_get(&samples, &sample, K_FOREVER) == 0 && publish(sock, &sample) == 0) {
      ++acknowledged;
    } else {
      LOG_WRN("sample %u is not acknowledged", sample.number);
      (void)zsock_close(sock);
      sock = -1;
    }
  }
  (void)zsock_close(sock);
  LOG_INF("%u samples acknowledged", acknowledged);
  k_sem_give(&done);
}
K_THREAD_DEFINE(publishing, 2048, publish_samples, NULL, NULL, NULL, K_PRIO_PREEMPT(5), 0, -1);

static void network_changed(struct net_mgmt_event_callback* cb, uint64_t event,
                            struct net_if* iface) {
  ARG_UNUSED(cb);
  ARG_UNUSED(iface);
  LOG_INF("network %s", event == NET_EVENT_L4_CONNECTED ? "connected" : "disconnected");
  if (event == NET_EVENT_L4_CONNECTED) {
    k_sem_give(&connected);
  }
}

int main(int argc, char* argv[]) {
  if (argc != 4 || zsock_inet_pton(AF_INET, argv[1], &broker.sin_addr) != 1) {
    printk("usage: publisher ADDRESS PORT COUNT\n");
    return 2;
  }
  broker.sin_family = AF_INET;
  broker.sin_port = htons((uint16_t)atoi(argv[2]));
  wanted = (uint32_t)atoi(argv[3]);
  net_mgmt_init_event_callback(&on_network, network_changed,
                               NET_EVENT_L4_CONNECTED | NET_EVENT_L4_DISCONNECTED);
  net_mgmt_add_event_callback(&on_network);
  conn_mgr_mon_resend_status();
  k_thread_start(publishing);
  (void)k_work_schedule(&sampling, K_NO_WAIT);
  k_sem_take(&done, K_FOREVER);
  (void)k_work_cancel_delayable(&sampling);
  net_mgmt_del_event_callback(&on_network);
  return 0;
}
