#include "daemon/config.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#include "daemon/congestion_names.h"
#include "daemon/name_servers.h"
#include "daemon/os.h"
#include "daemon/settings.h"
#include "toml++/toml.h"

namespace zsock::host {
namespace {

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{
    {{"trace", LogLevel::trace},
     {"debug", LogLevel::debug},
     {"info", LogLevel::info},
     {"warn", LogLevel::warn},
     {"error", LogLevel::error}}};

constexpr std::array<std::pair<std::string_view, tcp::EcnMode>, 3> kEcnModes{
    {{"off", tcp::EcnMode::off},
     {"passive", tcp::EcnMode::passive},
     {"active", tcp::EcnMode::active}}};

constexpr std::array<std::pair<std::string_view, tcp::FastOpenMode>, 4> kFastOpenModes{
    {{"off", tcp::FastOpenMode::off},
     {"client", tcp::FastOpenMode::client},
     {"server", tcp::FastOpenMode::server},
     {"both", tcp::FastOpenMode::both}}};

[[noreturn]] void fail(const std::string& where, std::string_view key, const std::string& what) {
  throw StartError(EX_CONFIG, where + ": " + std::string(key) + ": " + what);
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

std::string form_of(Unit unit) {
  switch (unit) {
    case Unit::duration:
      return "a duration such as \"200ms\"";
    case Unit::size:
    case Unit::power_of_two:
      return "a size such as \"256KiB\"";
    case Unit::flag:
      return "true or false";
    case Unit::count:
      break;
  }
  return "a number";
}

void set_addresses(Config& config, const std::string& where, std::string_view value) {
  config.addresses.clear();
  config.autoconfiguration = config.dhcp = false;
  for (const std::string& word : words(value)) {
    if (word == "auto" || word == "dhcp") {
      bool& wanted = word == "auto" ? config.autoconfiguration : config.dhcp;
      wanted = true;
      continue;
    }
    const auto address = wire::Cidr::parse(word);
    if (!address)
      fail(where, "address", word + " is not an address with prefix length, auto or dhcp");
    config.addresses.push_back(*address);
  }
}

void set_gateways(Config& config, const std::string& where, std::string_view value) {
  config.gateways.clear();
  for (const std::string& word : words(value)) {
    const auto gateway = wire::IpAddress::parse(word);
    if (!gateway) fail(where, "gateway", word + " is not an address");
    config.gateways.push_back(*gateway);
  }
}

void set_name_servers(Config& config, const std::string& where, std::string_view value) {
  config.dns.servers.clear();
  for (const std::string& word : words(value)) {
    const auto server = parse_name_server(word);
    if (!server) fail(where, "dns.servers", word + " is not an address, perhaps with port");
    config.dns.servers.push_back(*server);
  }
}

void set_search(Config& config, const std::string& where, std::string_view value) {
  config.dns.search = words(value);
  for (const std::string& domain : config.dns.search) {
    if (!is_domain(domain)) fail(where, "dns.search", domain + " is not a domain");
  }
}

void set_users(Config& config, const std::string& where, std::string_view value) {
  config.host.privileged_users.clear();
  for (const std::string& word : words(value)) {
    uid_t user = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), user);
    if (error != std::errc{} || rest != word.data() + word.size()) {
      fail(where, "privileged_users", word + " is not a user id");
    }
    config.host.privileged_users.push_back(user);
  }
}

/// What `value` names among pairs of name and meaning.
template <class Choices>
auto choose(const Choices& choices, const std::string& where, std::string_view key,
            std::string_view value) {
  using Choice = typename Choices::value_type;
  const auto* chosen = std::ranges::find(choices, value, &Choice::first);
  if (chosen != choices.end()) return chosen->second;
  std::string names;
  for (const auto& [name, meaning] : choices) (names += names.empty() ? "" : ", ") += name;
  fail(where, key, std::string(value) + " is none of " + names);
}

void set_congestion(Config& config, const std::string& where, std::string_view value) {
  const auto control = congestion_control(value);
  if (!control) fail(where, "tcp.congestion", std::string(value) + " is none of cubic, newreno");
  config.stack.tcp.congestion = *control;
}

/// Settings that are no numbers. False: no such key.
bool set_text(Config& config, const std::string& where, std::string_view key,
              std::string_view value) {
  if (key == "device") {
    config.device = value;
  } else if (key == "socket") {
    if (value.empty() || value.size() > 100) fail(where, key, "1 to 100 characters are possible");
    config.socket_path = value;
  } else if (key == "run_as") {
    config.user = value;
  } else if (key == "address") {
    set_addresses(config, where, value);
  } else if (key == "gateway") {
    set_gateways(config, where, value);
  } else if (key == "dns.servers") {
    set_name_servers(config, where, value);
  } else if (key == "dns.search") {
    set_search(config, where, value);
  } else if (key == "host.privileged_users") {
    set_users(config, where, value);
  } else if (key == "tcp.congestion") {
    set_congestion(config, where, value);
  } else if (key == "tcp.ecn") {
    config.stack.tcp.ecn = choose(kEcnModes, where, key, value);
  } else if (key == "tcp.fast_open") {
    config.stack.tcp.fast_open = choose(kFastOpenModes, where, key, value);
  } else if (key == "log_level") {
    config.log_level = choose(kLevels, where, key, value);
  } else {
    return false;
  }
  return true;
}

bool is_power_of_two(std::int64_t value) {
  return value > 0 && (value & (value - 1)) == 0;
}

// --- TOML --------------------------------------------------------------------------------------

std::string place(const std::string& name, const toml::source_region& region) {
  return name + ":" + std::to_string(region.begin.line);
}

/// The text form of a value, as set_from_text takes it; nothing for what no setting can be.
std::optional<std::string> as_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::string all;
  for (const toml::node& element : *array) {
    if (element.is_array()) return std::nullopt;
    const auto text = as_text(element);
    if (!text) return std::nullopt;
    all += (all.empty() ? "" : " ") + *text;
  }
  return all;
}

void set_node(Config& config, const std::string& name, const std::string& key,
              const toml::node& node) {
  const std::string where = place(name, node.source());
  const auto text = as_text(node);
  if (!text) fail(where, key, "a value of this type is not possible");
  set_from_text(config, where, key, *text);
}

void set_table(Config& config, const std::string& name, const toml::table& table) {
  for (const auto& [key, node] : table) {
    const std::string prefix(key.str());
    const toml::table* group = node.as_table();
    if (group == nullptr) {
      set_node(config, name, prefix, node);
      continue;
    }
    for (const auto& [inner, value] : *group) {
      set_node(config, name, prefix + "." + std::string(inner.str()), value);
    }
  }
}

}  // namespace

void read_config_text(Config& config, std::string_view text, const std::string& name) {
  try {
    set_table(config, name, toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    throw StartError(EX_CONFIG,
                     place(name, error.source()) + ": " + std::string(error.description()));
  }
}

void set_from_text(Config& config, const std::string& where, std::string_view key,
                   std::string_view value) {
  if (set_text(config, where, key, value)) return;
  const Setting* setting = find_setting(key);
  if (setting == nullptr) fail(where, key, "there is no such setting");
  const auto number = parse_value(setting->unit, value);
  const std::string shown(value);
  if (!number) fail(where, key, shown + " is not " + form_of(setting->unit));
  if (*number < setting->min || *number > setting->max) {
    fail(where, key,
         shown + " is out of range " + format_value(setting->unit, setting->min) + ".." +
             format_value(setting->unit, setting->max));
  }
  if (setting->unit == Unit::power_of_two && !is_power_of_two(*number)) {
    fail(where, key, shown + " is not a power of two");
  }
  set_value(*setting, config, *number);
}

void check_config(const Config& config) {
  const auto require = [](bool condition, const char* what) {
    if (!condition) throw StartError(EX_CONFIG, what);
  };
  require(!config.device.empty(), "no device given: --device tap:NAME, or device = in the file");
  require(!config.addresses.empty() || config.autoconfiguration || config.dhcp,
          "no address given: --address 192.0.2.1/24, or address = in the file");
  const tcp::Config& tcp = config.stack.tcp;
  require(tcp.min_rto <= tcp.max_rto, "tcp.min_rto is larger than tcp.max_rto");
  require(tcp.delayed_ack <= tcp.max_delayed_ack,
          "tcp.delayed_ack is larger than tcp.max_delayed_ack");
  require(tcp.retries_r1 <= tcp.retries_r2, "tcp.retries_r1 is larger than tcp.retries_r2");
  require(tcp.receive_buffer <= tcp.max_receive_buffer,
          "tcp.receive_buffer is larger than tcp.max_receive_buffer");
  require(tcp.send_buffer <= tcp.max_send_buffer,
          "tcp.send_buffer is larger than tcp.max_send_buffer");
  require(config.stack.ports.first <= config.stack.ports.last,
          "ports.first is larger than ports.last");
  if (config.host.shards > 1) {
    require(!config.dhcp, "host.shards: more than one does not go with dhcp");
    require(tcp.fast_open == tcp::FastOpenMode::off,
            "host.shards: more than one does not go with tcp.fast_open");
  }
  require(name_servers_text(config.dns).size() <= ipc::kMaxValue,
          "dns.servers and dns.search are too long together");
}

std::string default_config_text() {
  Config defaults;
  std::ostringstream out;
  out << "# zsockd.toml: every setting with its default. Flags win: zsockd --set KEY=VALUE.\n\n"
         "# device = \"tap:zsock0\"           # tap:NAME, packet:IFNAME, xdp:IFNAME, memory:, then "
         ",option=value\n"
         "# address = [\"192.0.2.1/24\"]      # own addresses; one is required. \"auto\": IPv6 as "
         "routers say; \"dhcp\"\n"
         "# gateway = []                    # one per family\n"
         "# socket = \""
      << defaults.socket_path
      << "\"\n# run_as = \"\"                       # to become when started by root\n"
         "# log_level = \"info\"             # trace, debug, info, warn, error\n"
         "\n[dns]\n"
         "# servers = []  # for the library's resolver: \"192.0.2.53\", \"[2001:db8::53]:5353\"\n"
         "# search = []  # domains tried after a name without a dot\n";
  std::string_view group;
  for (const Setting& setting : settings()) {
    const std::size_t dot = setting.key.find('.');
    if (group != setting.key.substr(0, dot)) {
      group = setting.key.substr(0, dot);
      out << "\n[" << group << "]\n";
      if (group == "tcp") {
        out << "# congestion = \"cubic\"  # congestion control: cubic, newreno\n"
               "# ecn = \"passive\"  # RFC 3168: off, passive (where peers offer it), active\n"
               "# fast_open = \"off\"  # RFC 7413, for programs that ask: off, client, server, "
               "both\n";
      }
      if (group == "host") out << "# privileged_users = [0]  # user ids\n";
    }
    const std::string value = format_value(setting.unit, get_value(setting, defaults));
    const bool bare = setting.unit == Unit::flag || setting.unit == Unit::count;
    const char* quote = bare ? "" : "\"";
    out << "# " << setting.key.substr(dot + 1) << " = " << quote << value << quote << "  # "
        << setting.help << "; " << format_value(setting.unit, setting.min) << ".."
        << format_value(setting.unit, setting.max) << "\n";
  }
  return out.str();
}

}  // namespace zsock::host
