/* Calls every unprefixed function once, as firmware written for older Zephyr or for POSIX does. */
#ifdef HOST_FIRST
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#endif
#include <zephyr/net/socket.h>
#ifndef HOST_FIRST
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif
int use_names(int s);
int use_data(int s);
int use_clock(int s);
#ifdef __cplusplus
}
#endif

/* Members keep their names. */
struct operations {
  int (*close)(int sock);
  int (*poll)(int sock);
  int (*read)(int sock);
};

int use_names(int s) {
  struct sockaddr_in address;
  struct sockaddr_storage from;
  socklen_t size = sizeof(from);
  struct operations operations = {close, 0, 0};
  char text[INET6_ADDRSTRLEN];
  int on = 1;
  int other;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(80);
  s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (inet_pton(AF_INET, "192.0.2.1", &address.sin_addr) != 1 ||
      inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)) == NULL) {
    return -1;
  }
  other = bind(s, (struct sockaddr*)&address, sizeof(address));
  other += connect(s, (struct sockaddr*)&address, sizeof(address));
  other += listen(s, SOMAXCONN) + accept(s, (struct sockaddr*)&from, &size);
  other += setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  other += getsockopt(s, SOL_SOCKET, SO_ERROR, &on, &size);
  other += getsockname(s, (struct sockaddr*)&from, &size);
  other += getpeername(s, (struct sockaddr*)&from, &size);
  other += shutdown(s, SHUT_RDWR) + fcntl(s, F_SETFL, fcntl(s, F_GETFL, 0) | O_NONBLOCK);
  other += ioctl(s, FIONREAD, &on);
  return other + operations.close(s) + close(s);
}

int use_data(int s) {
  struct sockaddr_storage from;
  socklen_t size = sizeof(from);
  struct pollfd entry;
  struct msghdr message;
  struct timeval timeout = {1, 0};
  int pair[2] = {-1, -1};
  struct addrinfo hints;
  struct addrinfo* found = NULL;
  fd_set set;
  char buffer[64];
  ssize_t sum = 0;

  memset(&message, 0, sizeof(message));
  entry.fd = s;
  entry.events = POLLIN;
  FD_ZERO(&set);
  FD_SET(s % 64, &set);
  sum += poll(&entry, 1, 1000) + select(s + 1, &set, NULL, NULL, &timeout);
  sum += send(s, buffer, sizeof(buffer), MSG_NOSIGNAL) + recv(s, buffer, sizeof(buffer), 0);
  sum += sendto(s, buffer, 1, 0, (struct sockaddr*)&from, size);
  sum += recvfrom(s, buffer, 1, 0, (struct sockaddr*)&from, &size);
  sum += sendmsg(s, &message, 0) + recvmsg(s, &message, 0);
  sum += read(s, buffer, (size_t)s) + write(s, buffer, (size_t)s);
  sum += socketpair(AF_UNIX, SOCK_STREAM, 0, pair) + gethostname(buffer, sizeof(buffer));
  memset(&hints, 0, sizeof(hints));
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  if (getaddrinfo("192.0.2.1", "80", &hints, &found) == EAI_NONAME) {
    return (int)strlen(gai_strerror(EAI_NONAME));
  }
  sum += getnameinfo(found->ai_addr, found->ai_addrlen, buffer, NI_MAXHOST, NULL, 0, 0);
  freeaddrinfo(found);
  return (int)sum;
}

int use_clock(int s) {
  struct timespec now;
  struct timeval day;

  s += clock_gettime(CLOCK_REALTIME, &now) + clock_settime(CLOCK_REALTIME, &now);
  s += clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &now, NULL);
  return s + gettimeofday(&day, NULL) + settimeofday(&day, NULL) + (int)time(NULL);
}
