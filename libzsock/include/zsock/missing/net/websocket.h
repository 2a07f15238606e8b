/** \file Says why this header is not there. */
#error \
    "zsock has no <zephyr/net/websocket.h>: add subsys/net/lib/websocket of Zephyr and its header."
