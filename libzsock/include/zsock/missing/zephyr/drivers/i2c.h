/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/i2c.h>: there are no devices."
