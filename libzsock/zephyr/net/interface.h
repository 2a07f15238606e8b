#pragma once
/// \file
/// The one interface as firmware sees it, and what zsockd said last.

#include "libzsock/zephyr/net/network.h"

namespace zsock::zephyr {

/// Asks zsockd and shows the answer in the interface.
Network refresh();

}  // namespace zsock::zephyr
