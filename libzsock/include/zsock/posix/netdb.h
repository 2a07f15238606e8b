/** \file
 * Stands before the host's <netdb.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
