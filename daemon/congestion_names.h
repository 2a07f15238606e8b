#pragma once
/// \file
/// Names of congestion controls, as TCP_CONGESTION and the configuration know them.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "daemon/stack/config.h"

namespace zsock::host {

struct CongestionName {
  std::string_view name;
  tcp::CongestionControl control;
};

/// The first name of each is the one that is shown; Linux calls NewReno "reno".
inline constexpr std::array kCongestionNames{
    CongestionName{"cubic", tcp::CongestionControl::cubic},
    CongestionName{"reno", tcp::CongestionControl::newreno},
    CongestionName{"newreno", tcp::CongestionControl::newreno},
};

inline std::optional<tcp::CongestionControl> congestion_control(std::string_view name) {
  const auto* found = std::ranges::find(kCongestionNames, name, &CongestionName::name);
  if (found == kCongestionNames.end()) return std::nullopt;
  return found->control;
}

inline std::string_view congestion_name(tcp::CongestionControl control) {
  return std::ranges::find(kCongestionNames, control, &CongestionName::control)->name;
}

}  // namespace zsock::host
