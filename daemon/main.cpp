/// \file
/// zsockd: arguments, configuration, event loop.

#include <sysexits.h>

#include <cstdio>
#include <exception>

#include "daemon/command_line.h"
#include "daemon/os.h"
#include "daemon/runner.h"

int main(int argc, char** argv) {
  using namespace zsock::host;  // NOLINT(google-build-using-namespace): main only
  try {
    const CommandLine line = read_command_line(argc, argv);
    if (line.action == Action::print) {
      std::fputs(line.text.c_str(), stdout);
      return EX_OK;
    }
    Runner runner(line.config);
    return runner.run();
  } catch (const StartError& error) {
    std::fprintf(stderr, "zsockd: %s\n", error.what());
    return error.exit_status();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zsockd: %s\n", error.what());
    return EX_SOFTWARE;
  }
}
