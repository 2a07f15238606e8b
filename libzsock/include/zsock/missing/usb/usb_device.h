/** \file Says why this header is not there. */
#error "zsock has no <zephyr/usb/usb_device.h>: there is no USB."
