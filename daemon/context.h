#pragma once
/// \file
/// Context: what every part of the host works with. Borrowed; outlives the parts.

#include "daemon/config.h"
#include "daemon/quota.h"
#include "daemon/stack/stack.h"
#include "daemon/watch_set.h"

namespace zsock::host {

struct Context {
  Stack& stack;
  Quota& quota;
  WatchSet& watch;
  const Config& config;
};

}  // namespace zsock::host
