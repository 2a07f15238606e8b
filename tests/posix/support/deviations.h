#pragma once
/// \file
/// Where zsockd differs from Linux, as far as the cases notice: the one list of it. What is meant
/// to stay stands in docs/compat.md.

#include "tests/posix/support/stage.h"

namespace zsock::posix {

enum class Deviation {
  syn_retries,  ///< TCP_SYNCNT is 7: RFC 9293 3.8.3 wants three minutes (docs/tcp.md)
};

/// For the case that shows it: is it there now?
inline bool deviates(Deviation /*what*/) {
  return is_zsockd();
}

}  // namespace zsock::posix
