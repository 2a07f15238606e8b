/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/wifi_mgmt.h>: the link is the operator's."
