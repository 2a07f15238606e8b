/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/net_context.h>: contexts belong to zsockd; use sockets."
