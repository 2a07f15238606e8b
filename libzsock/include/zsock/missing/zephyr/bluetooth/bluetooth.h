/** \file Says why this header is not there. */
#error "zsock has no <zephyr/bluetooth/bluetooth.h>: there is no Bluetooth; zsock is for IP."
