/// \file
/// zsock-run: starts a program with its sockets in zsockd. See zsock-run(1).

#include <getopt.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "shim/policy.h"
#include "shim/run/launch.h"
#include "shim/run/program.h"
#include "shim/run/status.h"

namespace {

using zsock::run::kCannotRun;
using zsock::run::kNotFound;
using zsock::run::kOwnFailure;
using zsock::run::Mode;
using zsock::run::Program;

constexpr const char* kUsage =
    "Usage: zsock-run [OPTION]... PROGRAM [ARGUMENT]...\n"
    "Runs PROGRAM with its internet sockets in zsockd.\n"
    "  --socket PATH      zsockd's control socket\n"
    "  --only RULE        only these addresses go through zsockd (may repeat)\n"
    "  --except RULE      these addresses stay with the kernel (may repeat)\n"
    "                     RULE: 192.0.2.0/24, 192.0.2.0/24:80, [2001:db8::/32]:80, :53, "
    ":8000-8099\n"
    "  --fallback kernel  without zsockd, use the kernel's sockets\n"
    "  --supervise        by a supervisor of its system calls, even if something can be preloaded\n"
    "  --trace            a line per call on standard error\n"
    "  --explain          say how PROGRAM would be run, and why; do not run it\n"
    "  --help             this text\n";

struct Options {
  bool explain = false;
  bool supervise = false;
  int program = 0;  ///< index of PROGRAM
  int status = -1;  ///< to exit with at once; -1: go on
};

int fail(int status, const std::string& message) {
  std::fprintf(stderr, "zsock-run: %s\n", message.c_str());
  return status;
}

/// Adds to a list in the environment.
void append(const char* variable, std::string_view separator, const std::string& value) {
  const char* before = std::getenv(variable);
  std::string all = before != nullptr ? before : "";
  if (!all.empty()) all += separator;
  ::setenv(variable, (all + value).c_str(), 1);
}

int take_option(int option, Options& options) {
  switch (option) {
    case 's':
      ::setenv("ZSOCKD_SOCKET", optarg, 1);
      return -1;
    case 'o':
      append("ZSOCK_ONLY", ",", optarg);
      return -1;
    case 'e':
      append("ZSOCK_EXCEPT", ",", optarg);
      return -1;
    case 'f':
      if (std::string_view(optarg) != "kernel") return fail(kOwnFailure, "--fallback takes kernel");
      ::setenv("ZSOCK_FALLBACK", "kernel", 1);
      return -1;
    case 't':
      ::setenv("ZSOCK_TRACE", "1", 1);
      return -1;
    case 'v':
      options.supervise = true;
      return -1;
    case 'x':
      options.explain = true;
      return -1;
    case 'h':
      std::fputs(kUsage, stdout);
      return 0;
    default:
      std::fputs(kUsage, stderr);
      return kOwnFailure;
  }
}

Options parse(int count, char** arguments) {
  constexpr std::array<option, 9> kOptions{{{"socket", required_argument, nullptr, 's'},
                                            {"only", required_argument, nullptr, 'o'},
                                            {"except", required_argument, nullptr, 'e'},
                                            {"fallback", required_argument, nullptr, 'f'},
                                            {"supervise", no_argument, nullptr, 'v'},
                                            {"trace", no_argument, nullptr, 't'},
                                            {"explain", no_argument, nullptr, 'x'},
                                            {"help", no_argument, nullptr, 'h'},
                                            {nullptr, 0, nullptr, 0}}};
  Options options;
  for (;;) {
    const int found = ::getopt_long(count, arguments, "+", kOptions.data(), nullptr);
    if (found < 0) break;
    options.status = take_option(found, options);
    if (options.status >= 0) return options;
  }
  options.program = optind;
  if (optind < count) return options;
  std::fputs(kUsage, stderr);
  options.status = kOwnFailure;
  return options;
}

/// libzsock-preload.so: beside this program in the build tree, else where it is installed.
std::string find_preload() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {own / "preload", own.parent_path() / ZSOCK_LIBRARIES}) {
    const fs::path library = folder / "libzsock-preload.so";
    if (fs::exists(library, error)) return library.string();
  }
  return {};
}

int explain(const std::string& verdict, const std::string& mode) {
  std::printf("%s\nmode: %s\n", verdict.c_str(), mode.c_str());
  return 0;
}

int supervise(char** command) {
  const zsock::shim::Environment environment(environ);
  zsock::shim::tracing = environment.is_on(zsock::shim::kTraceVariable);
  zsock::shim::debugging = zsock::shim::tracing || environment.is_on(zsock::shim::kDebugVariable);
  zsock::shim::read_policy(environment);
  return zsock::run::supervise(command);
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = parse(count, arguments);
  if (options.status >= 0) return options.status;
  char** command = arguments + options.program;
  const Program program = zsock::run::inspect(command[0]);
  const std::string verdict = program.path + ": " + program.why;
  if (program.mode == Mode::missing) return fail(kNotFound, verdict);
  if (program.mode == Mode::impossible) return fail(kCannotRun, verdict);
  if (program.mode == Mode::supervise || options.supervise) {
    return options.explain ? explain(verdict, "supervise") : supervise(command);
  }
  const std::string preload = find_preload();
  if (preload.empty())
    return fail(kOwnFailure, "libzsock-preload.so is not where it was installed");
  if (options.explain) return explain(verdict, "preload, " + preload);
  append("LD_PRELOAD", ":", preload);
  ::execvp(command[0], command);
  return fail(kCannotRun, std::string(command[0]) + ": " + std::strerror(errno));
}
