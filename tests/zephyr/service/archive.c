/* A service of a static library. */
#include "tests/zephyr/service/services.h"

NET_SOCKET_SERVICE_SYNC_DEFINE(service_of_archive, note_event, 1);
