#pragma once
/// \file
/// ZSOCK_CHECK: our own mistakes end the process, in release builds too. Never on a peer's bytes.

namespace zsock {

/// Reports a broken invariant and ends the process. Defined once in base/check.cpp.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace zsock

#define ZSOCK_CHECK(cond) \
  ((cond) ? static_cast<void>(0) : ::zsock::check_failed(#cond, __FILE__, __LINE__))
