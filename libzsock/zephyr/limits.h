#pragma once
/// \file
/// The profile "zephyr": a small target's limits, so that firmware meets ENFILE, ENOMEM and ENOBUFS
/// on the host. Off, unless the program (CONFIG_ZSOCK_PROFILE_ZEPHYR) or the environment
/// (ZSOCK_PROFILE) asks for it.

#include <cstddef>
#include <string_view>

namespace zsock::zephyr {

/// Zephyr's defaults.
struct Limits {
  bool on = false;
  int contexts = 6;          ///< CONFIG_NET_MAX_CONTEXTS: sockets that zsock_socket() makes: ENOMEM
  int descriptors = 16;      ///< CONFIG_ZVFS_OPEN_MAX: all sockets: ENFILE
  int poll = 3;              ///< CONFIG_ZVFS_POLL_MAX: entries of zsock_poll(): ENOMEM
  int send_wait_ms = 10000;  ///< CONFIG_NET_SOCKET_MAX_SEND_WAIT: of a send that waits: ENOBUFS
  int retransmission_ms = 200;  ///< CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT
  int retries = 9;              ///< CONFIG_NET_TCP_RETRY_COUNT
  int buffer = 2048;            ///< octets each way of a socket: 16 buffers of 128
};

/// How long TCP sends the same again before it gives the connection up, ms: each time waits twice
/// as long as the one before.
int give_up_ms(const Limits& limits);

/// "zephyr", then any of ",contexts=N" and so on. Anything else: not on.
Limits parse_limits(std::string_view text);

/// Those of this program, read once.
const Limits& limits();

/// Is there a descriptor for one more socket, and, of zsock_socket(), a context? If so it is
/// counted. \return 0, ENFILE, ENOMEM
int take_socket();
/// As take_socket(), for a connection that is accepted: its context was the stack's.
int take_descriptor();
void give_socket_back();

/// Small buffers, the limit of waiting, and when TCP gives up.
void restrict_socket(int sock);
/// After EAGAIN of a send with `flags`: was it because its wait was too long?
bool waited_too_long(int sock, int flags);

}  // namespace zsock::zephyr
