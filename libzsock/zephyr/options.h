#pragma once
/// \file
/// Socket options: which Zephyr has, what the host calls them, and what their values look like.

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

/// How the value looks, and what happens to it.
enum class Form {
  integer,     ///< int
  boolean,     ///< int; reads as 0 or 1
  hint,        ///< int or one octet; accepted even where the stack has no use for it
  ignored,     ///< int; accepted, reads as 0
  dontfrag,    ///< int, 0 or 1; Linux has modes of path MTU discovery
  timestamps,  ///< int, SOF_TIMESTAMPING_*; Linux's SO_TIMESTAMPNS for those of reception
  octets,      ///< int; Linux tells twice what was set, Zephyr what was set
  family,      ///< int; a family's number is translated
  time,        ///< struct timeval
  linger,      ///< struct net_linger
  device,      ///< struct net_ifreq
  membership,  ///< struct net_ip_mreqn, of a group
  interface4,  ///< set: struct net_ip_mreqn or net_ip_mreq; get: struct net_in_addr
  membership6  ///< struct net_ipv6_mreq, of a group
};

enum class Access { get, set, both };

struct Option {
  int level;
  int name;
  int native_level;
  int native_name;
  Form form;
  Access access;
};

/// \return the option, or nullptr: ENOPROTOOPT
const Option* find_option(int level, int name);

}  // namespace zsock::zephyr
