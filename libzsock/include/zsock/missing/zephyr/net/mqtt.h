/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/mqtt.h>: add subsys/net/lib/mqtt of Zephyr and its header."
