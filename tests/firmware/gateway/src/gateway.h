/* What the parts of the gateway share. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <zephyr/kernel.h>

/* http.c: serves until http_stop(); runs in a thread of its own. */
void http_serve(void* p1, void* p2, void* p3);
void http_stop(void);
uint32_t http_requests(void);

/* telnet.c */
int telnet_start(void);
void telnet_stop(void);

/* time.c: asks at once, then again and again. */
void time_start(void);
void time_stop(void);
/* Seconds since 1970; -EAGAIN: nobody has told yet */
int64_t time_now(void);

#endif
