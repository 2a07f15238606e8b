/** \file Says why this header is not there. */
#error "zsock has no <zephyr/device.h>: there are no devices."
