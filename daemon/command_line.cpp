#include "daemon/command_line.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "daemon/os.h"

namespace zsock::host {
namespace {

constexpr const char* kDefaultFile = "/etc/zsockd/zsockd.toml";

struct Flags {
  std::string file{};
  std::string device{};
  std::vector<std::string> addresses{};
  std::vector<std::string> gateways{};
  std::string socket{};
  std::string user{};
  std::string log_level{};
  std::vector<std::string> assignments{};
  bool print_config = false;
};

void declare(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version", "zsockd " ZSOCK_VERSION);
  app.add_option("--config", flags.file,
                 "configuration file (default: " + std::string(kDefaultFile) + ", if it exists)");
  app.add_option("--device", flags.device,
                 "tap:NAME, packet:IFNAME, xdp:IFNAME or memory:, then ,option=value");
  app.add_option("--address", flags.addresses, "own address with prefix length; may repeat");
  app.add_option("--gateway", flags.gateways, "default gateway; may repeat, one per family");
  app.add_option("--socket", flags.socket, "path of the control socket");
  app.add_option("--user", flags.user,
                 "user to become once the device is open; makes the control socket");
  app.add_option("--log-level", flags.log_level, "trace, debug, info, warn, error");
  app.add_option("--set", flags.assignments, "KEY=VALUE: any setting of the file; may repeat");
  app.add_flag("--print-config", flags.print_config,
               "print a commented file of all settings with their defaults");
}

void read_file(Config& config, const std::string& name, const char* fallback) {
  std::ifstream file(name.empty() ? fallback : name);
  if (!file) {
    if (name.empty() && errno == ENOENT) return;
    throw StartError(EX_NOINPUT, (name.empty() ? fallback : name) + ": " + std::strerror(errno));
  }
  std::ostringstream text;
  text << file.rdbuf();
  read_config_text(config, text.str(), name.empty() ? fallback : name);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

void apply(Config& config, const Flags& flags) {
  if (!flags.device.empty()) set_from_text(config, "--device", "device", flags.device);
  if (!flags.addresses.empty()) {
    set_from_text(config, "--address", "address", joined(flags.addresses));
  }
  if (!flags.gateways.empty()) {
    set_from_text(config, "--gateway", "gateway", joined(flags.gateways));
  }
  if (!flags.socket.empty()) set_from_text(config, "--socket", "socket", flags.socket);
  if (!flags.user.empty()) set_from_text(config, "--user", "run_as", flags.user);
  if (!flags.log_level.empty()) {
    set_from_text(config, "--log-level", "log_level", flags.log_level);
  }
  for (const std::string& assignment : flags.assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      throw StartError(EX_USAGE, "--set " + assignment + ": KEY=VALUE expected");
    }
    set_from_text(config, "--set", assignment.substr(0, equals), assignment.substr(equals + 1));
  }
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
  CLI::App app("zsockd: a TCP/IP stack in user space, for programs that use libzsock");
  Flags flags;
  declare(app, flags);
  CommandLine line;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = app.exit(error, out, err);
    if (status != 0) throw StartError(EX_USAGE, std::string(error.what()) + " (try --help)");
    return {Action::print, {}, out.str()};
  }
  if (flags.print_config) return {Action::print, {}, default_config_text()};
  read_file(line.config, flags.file, kDefaultFile);
  apply(line.config, flags);
  check_config(line.config);
  return line;
}

}  // namespace zsock::host
