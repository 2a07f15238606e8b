/* One connection to the broker: hello, samples, pings, commands, until something ends it. */
#include "telemetry.h"

#include <zephyr/net/hostname.h>
#include <zephyr/zvfs/eventfd.h>

LOG_MODULE_REGISTER(broker, LOG_LEVEL_INF);

struct broker_statistics broker_statistics;

static K_MUTEX_DEFINE(session_lock);
static int session_sock = -1;

static int send_frame(int sock, enum kind kind, const char* data, size_t length) {
  uint8_t octets[FRAME_HEADER + FRAME_MOST];
  const int size = frame_write(octets, sizeof(octets), kind, data, length);

  if (size < 0) {
    return size;
  }
  return zsock_send_all(sock, octets, (size_t)size, 0, K_SECONDS(2), NULL);
}

static int try_address(const struct zsock_addrinfo* found) {
  char text[NET_IPV6_ADDR_LEN];
  int on = 1;
  int sock = zsock_socket(found->ai_family, found->ai_socktype, found->ai_protocol);

  if (sock < 0) {
    return -errno;
  }
  net_addr_ntop(found->ai_family, &net_sin(found->ai_addr)->sin_addr, text, sizeof(text));
  if (zsock_connect(sock, found->ai_addr, found->ai_addrlen) < 0) {
    const int error = errno;

    LOG_WRN("%s: %d", text, error);
    zsock_close(sock);
    return -error;
  }
  (void)zsock_setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  LOG_INF("connected to %s", text);
  return sock;
}

/* \return a socket; -errno of the last address, -ENOENT: no such name */
static int reach(const char* name, uint16_t port) {
  struct zsock_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct zsock_addrinfo* list = NULL;
  char service[8];
  int result = -ENOENT;
  int error;

  snprintk(service, sizeof(service), "%u", port);
  error = zsock_getaddrinfo(name, service, &hints, &list);
  if (error != 0) {
    LOG_WRN("%s: %s", name, zsock_gai_strerror(error));
    return -ENOENT;
  }
  for (const struct zsock_addrinfo* found = list; found != NULL; found = found->ai_next) {
    result = try_address(found);
    if (result >= 0) {
      break;
    }
  }
  zsock_freeaddrinfo(list);
  return result;
}

static int publish(int sock) {
  struct sample sample;

  while (samples_get(&sample, K_NO_WAIT) == 0) {
    char text[80];
    const int length =
        snprintk(text, sizeof(text), "{\"n\":%u,\"t\":%lld,\"temperature\":%d.%03d}", sample.number,
                 (long long)sample.uptime, sample.millidegrees / 1000, sample.millidegrees % 1000);
    const int error = send_frame(sock, SAMPLE, text, (size_t)length);

    if (error != 0) {
      return error;
    }
    atomic_inc(&broker_statistics.published);
  }
  return 0;
}

/* \return 0; -ESHUTDOWN: the broker says goodbye; -errno */
static int handle(int sock, const struct frame* frame) {
  char answer[FRAME_MOST];

  switch (frame->kind) {
    case PING:
      return send_frame(sock, PONG, frame->data, frame->length);
    case PONG:
      return 0;
    case COMMAND:
      return send_frame(sock, REPLY, answer, command_run(frame->data, answer, sizeof(answer)));
    case BYE:
      return -ESHUTDOWN;
    default:
      LOG_ERR("a frame of kind %d", frame->kind);
      return -EPROTO;
  }
}

static int take_frames(int sock, struct frame_reader* reader) {
  struct frame frame;
  int error = frame_reader_fill(reader, sock);

  if (error != 0 && error != -EAGAIN) {
    return error;
  }
  while ((error = frame_reader_next(reader, &frame)) == 1) {
    error = handle(sock, &frame);
    if (error != 0) {
      return error;
    }
  }
  return error;
}

static bool quit_wanted(void) {
  unsigned int raised = 0;
  int result = 0;

  k_poll_signal_check(&quit_signal, &raised, &result);
  return raised != 0;
}

static int talk(int sock) {
  struct frame_reader reader;
  int64_t silent_since = k_uptime_get();
  bool asked = false;

  frame_reader_reset(&reader);
  for (;;) {
    struct zsock_pollfd entries[] = {{.fd = sock, .events = ZSOCK_POLLIN},
                                     {.fd = samples_descriptor(), .events = ZSOCK_POLLIN}};
    const int ready = zsock_poll(entries, ARRAY_SIZE(entries), CONFIG_TELEMETRY_KEEP_ALIVE_MS / 4);
    zvfs_eventfd_t count;
    int error = 0;

    if (ready < 0) {
      return -errno;
    }
    if ((entries[0].revents & (ZSOCK_POLLIN | ZSOCK_POLLERR | ZSOCK_POLLHUP)) != 0) {
      silent_since = k_uptime_get();
      asked = false;
      error = take_frames(sock, &reader);
    }
    if (error == 0 && (entries[1].revents & ZSOCK_POLLIN) != 0) {
      (void)zvfs_eventfd_read(entries[1].fd, &count);
      error = publish(sock);
    }
    if (error == 0 && quit_wanted()) {
      (void)send_frame(sock, BYE, NULL, 0);
      return -ECANCELED;
    }
    if (error == 0 && k_uptime_get() - silent_since > CONFIG_TELEMETRY_KEEP_ALIVE_MS) {
      return -ETIMEDOUT;
    }
    if (error == 0 && !asked &&
        k_uptime_get() - silent_since > CONFIG_TELEMETRY_KEEP_ALIVE_MS / 2) {
      asked = true;
      atomic_inc(&broker_statistics.pings);
      error = send_frame(sock, PING, "?", 1);
    }
    if (error != 0) {
      return error;
    }
  }
}

void broker_interrupt(void) {
  k_mutex_lock(&session_lock, K_FOREVER);
  if (session_sock >= 0) {
    (void)zsock_shutdown(session_sock, ZSOCK_SHUT_RDWR);
  }
  k_mutex_unlock(&session_lock);
}

static void set_session(int sock) {
  k_mutex_lock(&session_lock, K_FOREVER);
  session_sock = sock;
  k_mutex_unlock(&session_lock);
}

enum broker_end broker_session(const char* name, uint16_t port) {
  const int sock = reach(name, port);
  int error;

  if (sock < 0) {
    return BROKER_REFUSED;
  }
  set_session(sock);
  atomic_inc(&broker_statistics.connections);
  error = send_frame(sock, HELLO, net_hostname_get(), strlen(net_hostname_get()));
  if (error == 0) {
    error = talk(sock);
  }
  set_session(-1);
  zsock_close(sock);
  LOG_INF("the session ends: %d", error);
  return error == -ECANCELED ? BROKER_QUIT : BROKER_LOST;
}
