/** \file
 * Socket services: one thread of the library waits on the sockets of all services and calls the
 * handler of the one that is ready. A handler is called again until it has read what there is; it
 * also gets errors and hang-ups (event.revents). Handlers never run at the same time and may call
 * anything, the functions below included.
 */
#ifndef ZEPHYR_NET_SOCKET_SERVICE_H_
#define ZEPHYR_NET_SOCKET_SERVICE_H_

#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct net_socket_service_desc;
struct net_socket_service_event;

/** Called with a copy of the event. */
typedef void (*net_socket_service_handler_t)(struct net_socket_service_event* pev);
typedef void (*net_socket_service_cb_t)(const struct net_socket_service_desc* svc, void* user_data);

struct net_socket_service_event {
  /** What handlers of Zephyr 3.6 get; the event is CONTAINER_OF it. */
  struct k_work work;
  net_socket_service_handler_t callback;
  /** The socket, what was asked for, and what happened. */
  struct zsock_pollfd event;
  void* user_data;
  struct net_socket_service_desc* svc;
};

/** A service; made by the macros below. */
struct net_socket_service_desc {
  const char* name;
  struct net_socket_service_event* pev;
  int pev_len;
  net_socket_service_handler_t handler;
  k_work_handler_t work_handler; /**< in place of `handler`: the form of Zephyr 3.6 */
};

/** The services of one program or shared library. */
struct zsock_service_section {
  const struct net_socket_service_desc* begin;
  const struct net_socket_service_desc* end;
  int poll_max;
  struct zsock_service_section* next;
};
void zsock_service_announce(struct zsock_service_section* section);

/** Makes `user_data` of net_socket_service_register() close the sockets that the service has. */
#define NET_SOCKET_SERVICE_CLOSE_SOCKETS ((void*)1)

/**
 * The service watches these sockets from now on, and no others. Entries with the descriptor -1 are
 * ignored. `fds` is copied.
 * \return 0; -EIO: there is no dispatcher (CONFIG_ZVFS_POLL_MAX is too small for all services, or
 * waiting failed); -ENOENT: not a service; -ENOMEM: more sockets than the service has room for, it
 * watches none now
 */
int net_socket_service_register(const struct net_socket_service_desc* service,
                                struct zsock_pollfd* fds, int len, void* user_data);

/** The service watches nothing any more; its sockets stay open. \return 0, -EIO, -ENOENT */
static inline int net_socket_service_unregister(const struct net_socket_service_desc* service) {
  return net_socket_service_register(service, NULL, 0, NULL);
}

/** As unregister; the dispatcher closes the sockets, soon after. \return 0, -EIO, -ENOENT */
static inline int net_socket_service_close(const struct net_socket_service_desc* service) {
  return net_socket_service_register(service, NULL, 0, NET_SOCKET_SERVICE_CLOSE_SOCKETS);
}

/** Calls `cb` for every service. */
void net_socket_service_foreach(net_socket_service_cb_t cb, void* user_data);

/* Descriptors lie side by side in a section; the linker names its ends. */
extern const struct net_socket_service_desc __start_net_socket_service_desc[]
    __attribute__((__weak__, __visibility__("hidden")));
extern const struct net_socket_service_desc __stop_net_socket_service_desc[]
    __attribute__((__weak__, __visibility__("hidden")));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define Z_NET_SOCKET_SERVICE(storage, service, handler_, work_handler_, count)              \
  static struct net_socket_service_event service##_events[count];                           \
  static void __attribute__((__constructor__(200))) service##_announce(void) {              \
    static struct zsock_service_section section;                                            \
    section.begin = __start_net_socket_service_desc;                                        \
    section.end = __stop_net_socket_service_desc;                                           \
    section.poll_max = CONFIG_ZVFS_POLL_MAX;                                                \
    zsock_service_announce(&section);                                                       \
  }                                                                                         \
  storage const struct net_socket_service_desc service                                      \
      __attribute__((__section__("net_socket_service_desc"), __used__, __aligned__(8))) = { \
          #service, service##_events,                                                       \
          (int)(sizeof(service##_events) / sizeof(service##_events[0])), handler_, work_handler_}
#define Z_NET_SOCKET_SERVICE_3(storage, service, handler, count) \
  Z_NET_SOCKET_SERVICE(storage, service, handler, NULL, count)
/* Of Zephyr 3.6 and 3.7, with a work queue that was never used. */
#define Z_NET_SOCKET_SERVICE_4(storage, service, work_q, work_handler, count) \
  Z_NET_SOCKET_SERVICE(storage, service, NULL, work_handler, count)
#define Z_NET_SOCKET_SERVICE_PICK(a, b, c, d, chosen, ...) chosen

#ifdef __cplusplus
#define Z_NET_SOCKET_SERVICE_EXTERN extern
#else
#define Z_NET_SOCKET_SERVICE_EXTERN
#endif

/** (name, handler, count), or (name, work queue, handler of struct k_work*, count): a service with
 * room for `count` sockets. Other files declare it `extern const struct net_socket_service_desc`.
 */
#define NET_SOCKET_SERVICE_SYNC_DEFINE(...)                                                  \
  Z_NET_SOCKET_SERVICE_PICK(__VA_ARGS__, Z_NET_SOCKET_SERVICE_4, Z_NET_SOCKET_SERVICE_3, , ) \
  (Z_NET_SOCKET_SERVICE_EXTERN, __VA_ARGS__)
/** The same, for one file. */
#define NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(...)                                           \
  Z_NET_SOCKET_SERVICE_PICK(__VA_ARGS__, Z_NET_SOCKET_SERVICE_4, Z_NET_SOCKET_SERVICE_3, , ) \
  (static, __VA_ARGS__)

/** Of Zephyr 3.6: there are no work queues here, the dispatcher calls the handler itself. */
#define NET_SOCKET_SERVICE_ASYNC_DEFINE(...) NET_SOCKET_SERVICE_SYNC_DEFINE(__VA_ARGS__)
#define NET_SOCKET_SERVICE_ASYNC_DEFINE_STATIC(...) \
  NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(__VA_ARGS__)

#endif /* ZEPHYR_NET_SOCKET_SERVICE_H_ */
