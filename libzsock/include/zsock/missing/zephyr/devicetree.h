/** \file Says why this header is not there. */
#error "zsock has no <zephyr/devicetree.h>: there are no devices."
