/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/lwm2m.h>: add subsys/net/lib/lwm2m of Zephyr and its header."
