#pragma once
/// \file
/// Sessions of TLS clients, to be resumed (ZSOCK_TLS_SESSION_CACHE).

#include <string>
#include <vector>

namespace zsock::zephyr {

/// \param peer  address, port and name
void keep_session(const std::string& peer, std::vector<unsigned char> session);
/// \return the session with this peer; empty: none
std::vector<unsigned char> kept_session(const std::string& peer);
void forget_sessions();

}  // namespace zsock::zephyr
