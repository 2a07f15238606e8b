/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/sensor.h>: there are no devices."
