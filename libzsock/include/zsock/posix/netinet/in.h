/** \file
 * Stands before the host's <netinet/in.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
