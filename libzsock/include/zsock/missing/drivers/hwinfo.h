/** \file Says why this header is not there. */
#error "zsock has no <zephyr/drivers/hwinfo.h>: there are no devices."
