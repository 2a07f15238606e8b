/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/watchdog.h>: there are no devices."
