#pragma once
/// \file
/// The table of settings: key, place, unit, range, help. One description for file, flags and the
/// default file.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/config.h"

namespace zsock::host {

enum class Unit : std::uint8_t {
  count,
  duration,      ///< "200ms"
  size,          ///< "256KiB"
  power_of_two,  ///< a size that is one
  flag,          ///< true, false
};

/// Where a value lives in a Config.
using Field =
    std::variant<Duration*, std::size_t*, std::uint32_t*, std::uint16_t*, std::uint8_t*, bool*>;

/// Durations are in microseconds, sizes in octets.
struct Setting {
  std::string_view key;  ///< "tcp.min_rto"
  Unit unit;
  std::int64_t min;
  std::int64_t max;
  std::string_view help;
  Field (*field)(Config& config);
};

std::span<const Setting> settings();
const Setting* find_setting(std::string_view key);

[[nodiscard]] std::int64_t get_value(const Setting& setting, Config& config);
/// REQUIRES: min <= value <= max.
void set_value(const Setting& setting, Config& config, std::int64_t value);

/// "200ms", "1500us", "5s", "2min", "1h"; "256KiB", "8MiB", "1GiB", "512"; "true"; "12". Nothing
/// when the text is not of the unit's form.
[[nodiscard]] std::optional<std::int64_t> parse_value(Unit unit, std::string_view text);
[[nodiscard]] std::string format_value(Unit unit, std::int64_t value);

}  // namespace zsock::host
