#pragma once
/// \file
/// What zsock-run exits with when the program has not: as env(1) and nice(1) have it.

namespace zsock::run {

inline constexpr int kOwnFailure = 125;
inline constexpr int kCannotRun = 126;
inline constexpr int kNotFound = 127;

}  // namespace zsock::run
