/** \file Says why this header is not there. */
#error \
    "zsock has no <zephyr/net/http/service.h>: add subsys/net/lib/http of Zephyr and its headers."
