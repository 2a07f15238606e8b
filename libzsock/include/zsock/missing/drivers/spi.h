/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/spi.h>: there are no devices."
