/// \file
/// Runs packet scripts (docs/packet-scripts.md): run_scripts FILE...; exit status 1 when one fails.

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/support/packet_runner.h"

int main(int count, char** arguments) {
  int failures = count < 2 ? 1 : 0;
  for (int i = 1; i < count; ++i) {
    std::ifstream file{arguments[i]};
    std::ostringstream text;
    text << file.rdbuf();
    const std::string problem = file ? zsock::test::run_script(arguments[i], text.str())
                                     : std::string{arguments[i]} + ": cannot be read\n";
    if (problem.empty()) continue;
    std::fputs(problem.c_str(), stdout);
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}
