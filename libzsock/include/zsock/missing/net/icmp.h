/** \file Says why this header is not there. */
#error \
    "zsock has no <zephyr/net/icmp.h>: the host's ping reaches zsockd's address; firmware has no ICMP."
