/*
 * HTTP client: fetches a path, or uploads a file to it.
 *   http_client HOST PORT PATH [FILE]            the body to FILE, else to standard output
 *   http_client HOST PORT PATH --upload FILE     PUT
 * What is left out comes from the CONFIG_ macros. The log says status, octets and time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

LOG_MODULE_REGISTER(http_client, LOG_LEVEL_INF);

#ifndef CONFIG_HTTP_SERVER_ADDRESS
#define CONFIG_HTTP_SERVER_ADDRESS "192.0.2.2"
#endif
#ifndef CONFIG_HTTP_SERVER_PORT
#define CONFIG_HTTP_SERVER_PORT "8080"
#endif
#ifndef CONFIG_HTTP_PATH
#define CONFIG_HTTP_PATH "/"
#endif

static char buffer[65536];

static int connect_to(const char* server, const char* port) {
  struct zsock_addrinfo* found;
  struct zsock_addrinfo* each;
  int sock = -1;
  int error = zsock_getaddrinfo(server, port, NULL, &found);

  if (error != 0) {
    LOG_ERR("%s port %s: %s", server, port, zsock_gai_strerror(error));
    return -EINVAL;
  }
  for (each = found; each != NULL; each = each->ai_next) {
    sock = zsock_socket(each->ai_family, each->ai_socktype, each->ai_protocol);
    if (sock < 0) {
      LOG_ERR("no socket: %d", errno);
      break;
    }
    if (zsock_connect(sock, each->ai_addr, each->ai_addrlen) == 0) {
      break;
    }
    LOG_WRN("no connection to %s port %s: %d", server, port, errno);
    zsock_close(sock);
    sock = -1;
  }
  zsock_freeaddrinfo(found);
  return sock < 0 ? -ENOTCONN : sock;
}

static int send_all(int sock, const char* data, size_t size) {
  while (size > 0) {
    ssize_t sent = zsock_send(sock, data, size, 0);

    if (sent < 0) {
      LOG_ERR("sending: %d", errno);
      return -errno;
    }
    data += sent;
    size -= (size_t)sent;
  }
  return 0;
}

static int send_file(int sock, FILE* file) {
  size_t length;
  int error = 0;

  while (error == 0 && (length = fread(buffer, 1, sizeof(buffer), file)) > 0) {
    error = send_all(sock, buffer, length);
  }
  return error;
}

/* HTTP/1.0: the server neither keeps the connection nor sends in chunks. */
static int send_request(int sock, const char* server, const char* path, FILE* upload) {
  char head[512];
  long size = 0;
  int length, error;

  if (upload == NULL) {
    length = snprintk(head, sizeof(head), "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, server);
  } else {
    fseek(upload, 0, SEEK_END);
    size = ftell(upload);
    rewind(upload);
    length =
        snprintk(head, sizeof(head), "PUT %s HTTP/1.0\r\nHost: %s\r\nContent-Length: %ld\r\n\r\n",
                 path, server, size);
  }
  if (length >= (int)sizeof(head)) {
    return -E2BIG;
  }
  error = send_all(sock, head, (size_t)length);
  return error == 0 && upload != NULL ? send_file(sock, upload) : error;
}

/* Receives up to the end of the head. Returns octets in the buffer, *body where the body begins. */
static ssize_t receive_head(int sock, size_t* body) {
  size_t received = 0;

  while (received < sizeof(buffer) - 1) {
    ssize_t length = zsock_recv(sock, buffer + received, sizeof(buffer) - 1 - received, 0);
    char* end;

    if (length <= 0) {
      return -EPROTO;
    }
    received += (size_t)length;
    buffer[received] = '\0';
    end = strstr(buffer, "\r\n\r\n");
    if (end != NULL) {
      *body = (size_t)(end + 4 - buffer);
      return (ssize_t)received;
    }
  }
  return -EPROTO;
}

/* Returns the octets of the body or a negative error; *expected is -1 if the server does not say.
 */
static long long receive_answer(int sock, FILE* out, int* status, long long* expected) {
  size_t body = 0;
  ssize_t length = receive_head(sock, &body);
  long long total = 0;
  const char* field;

  if (length < 0 || sscanf(buffer, "HTTP/1.%*d %d", status) != 1) {
    return -EPROTO;
  }
  buffer[body - 1] = '\0';
  field = strstr(buffer, "Content-Length: ");
  *expected = field != NULL ? strtoll(field + 16, NULL, 10) : -1;
  fwrite(buffer + body, 1, (size_t)length - body, out);
  total = (long long)((size_t)length - body);
  while ((length = zsock_recv(sock, buffer, sizeof(buffer), 0)) > 0) {
    fwrite(buffer, 1, (size_t)length, out);
    total += length;
  }
  return length < 0 ? -errno : total;
}

static int exchange(const char* server, const char* port, const char* path, FILE* upload,
                    FILE* out) {
  int64_t start = k_uptime_get();
  int sock = connect_to(server, port);
  int status = 0;
  long long expected = -1;
  long long octets;

  if (sock < 0) {
    return 1;
  }
  octets = send_request(sock, server, path, upload);
  if (octets == 0) {
    octets = receive_answer(sock, out, &status, &expected);
  }
  zsock_close(sock);
  if (octets < 0 || (expected >= 0 && octets != expected)) {
    LOG_ERR("the answer broke off: %lld of %lld octets", octets, expected);
    return 1;
  }
  LOG_INF("status %d, %lld octets, %lld ms", status, octets, (long long)k_uptime_delta(&start));
  return status >= 200 && status < 300 ? 0 : 1;
}

int main(int argc, char* argv[]) {
  const char* server = argc > 1 ? argv[1] : CONFIG_HTTP_SERVER_ADDRESS;
  const char* port = argc > 2 ? argv[2] : CONFIG_HTTP_SERVER_PORT;
  const char* path = argc > 3 ? argv[3] : CONFIG_HTTP_PATH;
  bool uploading = argc > 5 && strcmp(argv[4], "--upload") == 0;
  FILE* upload = uploading ? fopen(argv[5], "rb") : NULL;
  FILE* out = !uploading && argc > 4 ? fopen(argv[4], "wb") : stdout;
  int status;

  if (out == NULL || (uploading && upload == NULL)) {
    LOG_ERR("cannot open %s", argv[argc - 1]);
    return 1;
  }
  status = exchange(server, port, path, upload, out);
  if (upload != NULL) {
    fclose(upload);
  }
  if (fclose(out) != 0) {
    LOG_ERR("cannot write the body: %d", errno);
    return 1;
  }
  return status;
}
