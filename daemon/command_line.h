#pragma once
/// \file
/// The command line of zsockd: flags over file over defaults.

#include <cstdint>
#include <string>

#include "daemon/config.h"

namespace zsock::host {

enum class Action : std::uint8_t { serve, print };

struct CommandLine {
  Action action = Action::serve;
  Config config{};
  std::string text{};  ///< print: help, version or the default file
};

/// Throws StartError: EX_USAGE for flags, EX_CONFIG for what is in the file, EX_NOINPUT for a file
/// that cannot be read.
CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace zsock::host
