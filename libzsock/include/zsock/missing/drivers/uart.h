/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/uart.h>: there are no devices."
