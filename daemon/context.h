#pragma once
/// \file
/// Context: what every part of the host works with. Borrowed; outlives the parts.

#include "daemon/config.h"
#include "daemon/quota.h"
#include "daemon/stack/stack.h"
#include "daemon/watch_set.h"

namespace zsock::host {

class Shard;

struct Context {
  Stack& stack;
  Quota& quota;
  WatchSet& watch;
  const Config& config;
  Shard* shard = nullptr;  ///< this one of several; nullptr: there is only one
};

}  // namespace zsock::host
