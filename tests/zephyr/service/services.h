/* The services of the test, in C as firmware has them: three files, both forms. */
#pragma once
#include <zephyr/kernel.h>
#include <zephyr/net/socket_service.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The test's handler. */
void note_event(struct net_socket_service_event* event);

extern const struct net_socket_service_desc service_one;
extern const struct net_socket_service_desc service_of_archive;
const struct net_socket_service_desc* static_service(void);
const struct net_socket_service_desc* old_form(void);
const struct net_socket_service_desc* async_form(void);
int how_often_initialised(void);
int order_of_initialisation(void);

#ifdef __cplusplus
}
#endif
