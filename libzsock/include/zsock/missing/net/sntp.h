/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/sntp.h>: add subsys/net/lib/sntp of Zephyr and its header."
