/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/http/client.h>: add subsys/net/lib/http of Zephyr and its header."
