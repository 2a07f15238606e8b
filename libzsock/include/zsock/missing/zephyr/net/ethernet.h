/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/ethernet.h>: the link is zsockd's; use sockets."
