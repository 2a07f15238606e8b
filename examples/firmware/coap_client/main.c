/*
 * "coap_client HOST PORT PATH": a confirmable GET (RFC 7252) over UDP. Messages are buffers from a
 * pool; delayable work sends the request again, after twice as long each time, until it is
 * acknowledged. The answer comes with the acknowledgement or later, in a message of its own.
 */
#include <stdio.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>
#include <zephyr/net_buf.h>
#include <zephyr/random/random.h>

LOG_MODULE_REGISTER(coap_client, LOG_LEVEL_INF);

#ifndef CONFIG_COAP_ACK_TIMEOUT
#define CONFIG_COAP_ACK_TIMEOUT 2000
#endif
#define MAX_RETRANSMIT 4

enum type { CONFIRMABLE, NON_CONFIRMABLE, ACKNOWLEDGEMENT, RESET };
enum { CODE_EMPTY = 0, CODE_GET = 1 };
enum { URI_PATH = 11 };

struct message {
  uint8_t type;
  uint8_t code;
  uint16_t id;
  uint32_t token;
};

NET_BUF_POOL_DEFINE(messages, 4, 1280, 0, NULL);

static struct {
  int sock;
  struct net_buf* request; /* NULL: acknowledged */
  int sent;
  struct k_work_delayable again;
} client;
static K_MUTEX_DEFINE(lock);

static struct net_buf* new_message(enum type type, uint8_t code, uint16_t id,
                                   const uint32_t* token) {
  struct net_buf* buf = net_buf_alloc(&messages, K_FOREVER);

  net_buf_add_u8(buf, (uint8_t)(1 << 6 | type << 4 | (token != NULL ? sizeof(*token) : 0)));
  net_buf_add_u8(buf, code);
  net_buf_add_be16(buf, id);
  if (token != NULL) {
    net_buf_add_be32(buf, *token);
  }
  return buf;
}

/* One option for each part of the path, all but the first with a difference of 0. False: a part of
 * 13 octets or more. */
static bool add_path(struct net_buf* buf, const char* path) {
  uint8_t delta = URI_PATH;

  while (*path != '\0') {
    const size_t length = strcspn(path, "/");

    if (length > 12) {
      return false;
    }
    if (length > 0) {
      net_buf_add_u8(buf, (uint8_t)(delta << 4 | length));
      net_buf_add_mem(buf, path, length);
      delta = 0;
    }
    path += length + (path[length] == '/');
  }
  return true;
}

static void send_message(const struct net_buf* buf) {
  if (zsock_send(client.sock, buf->data, buf->len, 0) < 0) {
    LOG_WRN("sending: %d", errno);
  }
}

static void send_again(struct k_work* work) {
  ARG_UNUSED(work);
  k_mutex_lock(&lock, K_FOREVER);
  if (client.request != NULL && client.sent <= MAX_RETRANSMIT) {
    send_message(client.request);
    k_work_reschedule(&client.again, K_MSEC(CONFIG_COAP_ACK_TIMEOUT << client.sent));
    ++client.sent;
  } else if (client.request != NULL) {
    LOG_ERR("no answer to %d messages", client.sent);
    (void)zsock_shutdown(client.sock, ZSOCK_SHUT_RD); /* wakes who receives */
  }
  k_mutex_unlock(&lock);
}

static void acknowledged(void) {
  k_mutex_lock(&lock, K_FOREVER);
  if (client.request != NULL) {
    net_buf_unref(client.request);
    client.request = NULL;
    (void)k_work_cancel_delayable(&client.again);
  }
  k_mutex_unlock(&lock);
}

/* Takes the header off. False: not a message of version 1, or with another token. */
static bool parse_header(struct net_buf* buf, struct message* message) {
  uint8_t first, token_length;

  if (buf->len < 4) {
    return false;
  }
  first = net_buf_pull_u8(buf);
  token_length = first & 15;
  message->type = first >> 4 & 3;
  message->code = net_buf_pull_u8(buf);
  message->id = net_buf_pull_be16(buf);
  if (first >> 6 != 1 || (message->code == CODE_EMPTY && token_length != 0) ||
      buf->len < token_length) {
    return false;
  }
  if (message->code == CODE_EMPTY) {
    return true;
  }
  return token_length == sizeof(uint32_t) && net_buf_pull_be32(buf) == message->token;
}

/* A length or difference beyond 12 has one or two octets more (RFC 7252 3.1). -1: there are none.
 */
static int extended(struct net_buf* buf, int nibble) {
  if (nibble == 13 && buf->len >= 1) {
    return 13 + net_buf_pull_u8(buf);
  }
  if (nibble == 14 && buf->len >= 2) {
    return 269 + net_buf_pull_be16(buf);
  }
  return nibble < 13 ? nibble : -1;
}

/* Takes the options off, and the marker of the payload. False: they make no sense. */
static bool skip_options(struct net_buf* buf) {
  while (buf->len > 0) {
    const uint8_t first = net_buf_pull_u8(buf);
    int length;

    if (first == 0xff) {
      return true;
    }
    if (extended(buf, first >> 4) < 0) {
      return false;
    }
    length = extended(buf, first & 15);
    if (length < 0 || length > buf->len) {
      return false;
    }
    net_buf_pull(buf, (size_t)length);
  }
  return true;
}

/* 1: the answer was in it; 0: go on. */
static int take_message(struct net_buf* buf, uint16_t id, uint32_t token) {
  struct message message = {.token = token};
  struct net_buf* acknowledgement;

  if (!parse_header(buf, &message) ||
      ((message.type == ACKNOWLEDGEMENT || message.type == RESET) && message.id != id)) {
    LOG_WRN("not for us");
    return 0;
  }
  acknowledged();
  if (message.type == RESET) {
    LOG_ERR("the server does not know what to do with it");
    return 1;
  }
  if (message.code == CODE_EMPTY) {
    LOG_INF("the answer comes later");
    return 0;
  }
  if (message.type == CONFIRMABLE) {
    acknowledgement = new_message(ACKNOWLEDGEMENT, CODE_EMPTY, message.id, NULL);
    send_message(acknowledgement);
    net_buf_unref(acknowledgement);
  }
  LOG_INF("code %d.%02d", message.code >> 5, message.code & 31);
  if (skip_options(buf)) {
    printf("%.*s\n", buf->len, (const char*)buf->data);
  }
  return 1;
}

static int exchange(const char* path) {
  const uint16_t id = (uint16_t)sys_rand32_get();
  const uint32_t token = sys_rand32_get();
  int answered = 0;

  client.request = new_message(CONFIRMABLE, CODE_GET, id, &token);
  if (!add_path(client.request, path)) {
    LOG_ERR("%s: a part of it is too long", path);
    return 1;
  }
  k_work_init_delayable(&client.again, send_again);
  k_work_schedule(&client.again, K_NO_WAIT);
  while (!answered) {
    struct net_buf* buf = net_buf_alloc(&messages, K_FOREVER);
    const ssize_t length = zsock_recv(client.sock, net_buf_tail(buf), net_buf_tailroom(buf), 0);

    if (length > 0) {
      net_buf_add(buf, (size_t)length);
      answered = take_message(buf, id, token);
    }
    net_buf_unref(buf);
    if (length == 0) {
      return 1;
    }
    if (length < 0) {
      LOG_WRN("receiving: %d", errno); /* refused, perhaps: the next message tells */
    }
  }
  return 0;
}

int main(int argc, char* argv[]) {
  struct zsock_addrinfo hints = {.ai_socktype = SOCK_DGRAM};
  struct zsock_addrinfo* server;
  struct k_work_sync sync;
  int status;

  if (argc != 4) {
    printk("usage: coap_client HOST PORT PATH\n");
    return 2;
  }
  status = zsock_getaddrinfo(argv[1], argv[2], &hints, &server);
  if (status != 0) {
    LOG_ERR("%s port %s: %s", argv[1], argv[2], zsock_gai_strerror(status));
    return 1;
  }
  client.sock = zsock_socket(server->ai_family, SOCK_DGRAM, IPPROTO_UDP);
  status = client.sock < 0 ? -1 : zsock_connect(client.sock, server->ai_addr, server->ai_addrlen);
  zsock_freeaddrinfo(server);
  if (status < 0) {
    LOG_ERR("no socket: %d", errno);
    return 1;
  }
  status = exchange(argv[3]);
  (void)k_work_cancel_delayable_sync(&client.again, &sync);
  zsock_close(client.sock);
  return status;
}
