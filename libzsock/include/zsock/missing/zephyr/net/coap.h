/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/coap.h>: add subsys/net/lib/coap of Zephyr and its header."
