/** \file Says why this header is not there. */
#error \
    "zsock has no <zephyr/net/capture.h>: packets belong to zsockd; zsockd --device ...,trace=x.pcap shows them."
