/*
 * HTTP server, over IPv4 and IPv6:
 *   GET /           a page
 *   GET /bytes/N    N octets; the one at position i is i modulo 251
 *   PUT /sink       (or POST) answers how many octets came and their SHA-256
 *   PUT /discard    (or POST) answers how many octets came
 * Connections wait in zsock_poll() between requests; a request is served in one go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

#include "sha256.h"

LOG_MODULE_REGISTER(http_server, LOG_LEVEL_INF);

#ifndef CONFIG_HTTP_PORT
#define CONFIG_HTTP_PORT 8080
#endif
#ifndef CONFIG_HTTP_CLIENTS
#define CONFIG_HTTP_CLIENTS 128
#endif

#define PERIOD 251
#define CHUNK (PERIOD * 256)
#define SECONDS_TO_WAIT 10

struct request {
  char head[2048];
  size_t head_length; /* with the empty line */
  size_t received;    /* more than the head: the body's first octets */
  char method[8];
  char path[128];
  long long content_length;
  bool keep_alive;
  bool expects_continue;
};

static const char page[] =
    "<!doctype html>\n<title>Zephyr firmware</title>\n"
    "<h1>It works</h1>\n<p>Firmware on zsock serves this page.</p>\n";

static struct zsock_pollfd fds[1 + CONFIG_HTTP_CLIENTS];
static char pattern[CHUNK];
static char buffer[65536];

static int send_all(int sock, const char* data, size_t size) {
  while (size > 0) {
    ssize_t sent = zsock_send(sock, data, size, 0);

    if (sent < 0) {
      return -errno;
    }
    data += sent;
    size -= (size_t)sent;
  }
  return 0;
}

static int send_head(int sock, const struct request* request, const char* status,
                     long long length) {
  char head[256];
  int size = snprintk(head, sizeof(head),
                      "HTTP/1.1 %s\r\nServer: zsock-firmware\r\nContent-Length: %lld\r\n"
                      "Connection: %s\r\n\r\n",
                      status, length, request->keep_alive ? "keep-alive" : "close");

  return send_all(sock, head, (size_t)size);
}

static int send_text(int sock, const struct request* request, const char* status,
                     const char* text) {
  int error = send_head(sock, request, status, (long long)strlen(text));

  return error < 0 ? error : send_all(sock, text, strlen(text));
}

static int send_bytes(int sock, const struct request* request, long long count) {
  int error = send_head(sock, request, "200 OK", count);

  while (error == 0 && count > 0) {
    size_t part = (size_t)MIN(count, (long long)sizeof(pattern));

    error = send_all(sock, pattern, part);
    count -= (long long)part;
  }
  return error;
}

/* Takes the body; with a hash if there is one. */
static int take_body(int sock, const struct request* request, struct sha256* hash) {
  long long missing = request->content_length;
  long long early = (long long)(request->received - request->head_length);

  early = MIN(early, missing);
  if (hash != NULL) {
    sha256_add(hash, request->head + request->head_length, (size_t)early);
  }
  missing -= early;
  if (request->expects_continue && missing > 0 &&
      send_all(sock, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0) {
    return -1;
  }
  while (missing > 0) {
    size_t wanted = (size_t)MIN(missing, (long long)sizeof(buffer));
    ssize_t length = zsock_recv(sock, buffer, wanted, 0);

    if (length <= 0) {
      return -1;
    }
    if (hash != NULL) {
      sha256_add(hash, buffer, (size_t)length);
    }
    missing -= length;
  }
  return 0;
}

static int answer_upload(int sock, const struct request* request, bool hashed) {
  struct sha256 hash;
  char digest[65] = "";
  char text[128];

  sha256_begin(&hash);
  if (take_body(sock, request, hashed ? &hash : NULL) < 0) {
    return -1;
  }
  if (hashed) {
    sha256_end(&hash, digest);
  }
  snprintk(text, sizeof(text), "%lld%s%s\n", request->content_length, hashed ? " " : "", digest);
  return send_text(sock, request, "200 OK", text);
}

/* Receives up to the empty line. */
static int receive_head(int sock, struct request* request) {
  request->received = 0;
  for (;;) {
    ssize_t length = zsock_recv(sock, request->head + request->received,
                                sizeof(request->head) - 1 - request->received, 0);
    char* end;

    if (length <= 0) {
      return -1;
    }
    request->received += (size_t)length;
    request->head[request->received] = '\0';
    end = strstr(request->head, "\r\n\r\n");
    if (end != NULL) {
      request->head_length = (size_t)(end + 4 - request->head);
      return 0;
    }
    if (request->received == sizeof(request->head) - 1) {
      return -1;
    }
  }
}

/* The value of a header field, or NULL. */
static const char* field(const struct request* request, const char* name) {
  const char* line = strstr(request->head, "\r\n");
  size_t length = strlen(name);

  for (; line != NULL && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
      return line + 3 + length + strspn(line + 3 + length, " ");
    }
  }
  return NULL;
}

static int parse(struct request* request) {
  const char* length = field(request, "Content-Length");
  const char* connection = field(request, "Connection");
  int minor = 0;

  if (sscanf(request->head, "%7s %127s HTTP/1.%d", request->method, request->path, &minor) != 3) {
    return -1;
  }
  request->content_length = length != NULL ? strtoll(length, NULL, 10) : 0;
  request->expects_continue = field(request, "Expect") != NULL;
  request->keep_alive = minor >= 1;
  if (connection != NULL) {
    request->keep_alive = strncasecmp(connection, "keep-alive", 10) == 0;
  }
  return request->content_length < 0 || field(request, "Transfer-Encoding") != NULL ? -1 : 0;
}

static int answer(int sock, const struct request* request) {
  bool get = strcmp(request->method, "GET") == 0;
  bool put = strcmp(request->method, "PUT") == 0 || strcmp(request->method, "POST") == 0;

  if (put && strcmp(request->path, "/sink") == 0) {
    return answer_upload(sock, request, true);
  }
  if (put && strcmp(request->path, "/discard") == 0) {
    return answer_upload(sock, request, false);
  }
  if (take_body(sock, request, NULL) < 0) {
    return -1;
  }
  if (get && strcmp(request->path, "/") == 0) {
    return send_text(sock, request, "200 OK", page);
  }
  if (get && strncmp(request->path, "/bytes/", 7) == 0) {
    return send_bytes(sock, request, MAX(strtoll(request->path + 7, NULL, 10), 0));
  }
  return send_text(sock, request, "404 Not Found", "no such thing here\n");
}

/* Serves one request. Less than 0: close the connection. */
static int serve(int sock) {
  static struct request request;
  int error;

  if (receive_head(sock, &request) < 0) {
    return -1;
  }
  if (parse(&request) < 0) {
    request.keep_alive = false;
    send_text(sock, &request, "400 Bad Request", "not understood\n");
    return -1;
  }
  error = answer(sock, &request);
  LOG_DBG("%s %s: %d", request.method, request.path, error);
  return request.keep_alive ? error : -1;
}

static void accept_client(void) {
  struct timeval limit = {.tv_sec = SECONDS_TO_WAIT};
  int sock = zsock_accept(fds[0].fd, NULL, NULL);

  for (size_t i = 1; sock >= 0 && i < ARRAY_SIZE(fds); i++) {
    if (fds[i].fd < 0) {
      /* A client that stalls must not keep the others waiting for ever. */
      zsock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
      zsock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
      fds[i].fd = sock;
      return;
    }
  }
  if (sock >= 0) {
    zsock_close(sock);
  }
}

static int open_listener(void) {
  struct sockaddr_in6 address = {
      .sin6_family = AF_INET6,
      .sin6_addr = IN6ADDR_ANY_INIT,
      .sin6_port = htons(CONFIG_HTTP_PORT),
  };
  int off = 0;
  int on = 1;
  int sock = zsock_socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);

  if (sock < 0) {
    return -1;
  }
  zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  zsock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0 ||
      zsock_listen(sock, 64) < 0) {
    return -1;
  }
  return sock;
}

int main(void) {
  for (size_t i = 0; i < sizeof(pattern); i++) {
    pattern[i] = (char)(i % PERIOD);
  }
  for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
    fds[i].fd = -1;
    fds[i].events = ZSOCK_POLLIN;
  }
  fds[0].fd = open_listener();
  if (fds[0].fd < 0) {
    LOG_ERR("cannot listen on port %d: %d", CONFIG_HTTP_PORT, errno);
    return 1;
  }
  printk("HTTP on port %d\n", CONFIG_HTTP_PORT);

  while (zsock_poll(fds, ARRAY_SIZE(fds), -1) >= 0) {
    for (size_t i = 1; i < ARRAY_SIZE(fds); i++) {
      if (fds[i].fd >= 0 && fds[i].revents != 0 && serve(fds[i].fd) < 0) {
        zsock_close(fds[i].fd);
        fds[i].fd = -1;
      }
    }
    if (fds[0].revents != 0) {
      accept_client();
    }
  }
  LOG_ERR("poll: %d", errno);
  return 1;
}
