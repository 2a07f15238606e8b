/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/mqtt_sn.h>: add subsys/net/lib/mqtt_sn of Zephyr and its header."
