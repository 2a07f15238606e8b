/** \file
 * Stands before the host's <poll.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
