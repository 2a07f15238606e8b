#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sysexits.h>

#include <array>
#include <string>

#include "daemon/command_line.h"
#include "daemon/name_servers.h"
#include "daemon/os.h"
#include "daemon/settings.h"

namespace zsock::host {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// What the operator is told, or "" when the text is good.
std::string complaint(const std::string& text) {
  Config config;
  try {
    read_config_text(config, text, "/etc/zsockd/zsockd.toml");
  } catch (const StartError& error) {
    EXPECT_EQ(error.exit_status(), EX_CONFIG);
    return error.what();
  }
  return "";
}

std::string quoted(const Setting& setting, std::int64_t value) {
  const bool bare = setting.unit == Unit::flag || setting.unit == Unit::count;
  const std::string text = format_value(setting.unit, value);
  return bare ? text : "\"" + text + "\"";
}

std::string assign(const Setting& setting, const std::string& value) {
  const std::size_t dot = setting.key.find('.');
  return "[" + std::string(setting.key.substr(0, dot)) + "]\n" +
         std::string(setting.key.substr(dot + 1)) + " = " + value + "\n";
}

// Conformance 1.10: every constant has a key, a unit and a range.
TEST(ConfigSettings, DefaultsLieInTheirRanges) {
  Config config;
  for (const Setting& setting : settings()) {
    const std::int64_t value = get_value(setting, config);
    EXPECT_GE(value, setting.min) << setting.key;
    EXPECT_LE(value, setting.max) << setting.key;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_EQ(parse_value(setting.unit, format_value(setting.unit, value)), value) << setting.key;
  }
}

TEST(ConfigSettings, BothEndsOfEveryRangeCanBeSet) {
  for (const Setting& setting : settings()) {
    for (const std::int64_t value : {setting.min, setting.max}) {
      Config config;
      read_config_text(config, assign(setting, quoted(setting, value)), "file");
      EXPECT_EQ(get_value(setting, config), value) << setting.key;
    }
  }
}

// req: T8
TEST(ConfigSettings, BeyondEveryRangeIsRefusedByName) {
  for (const Setting& setting : settings()) {
    if (setting.unit == Unit::flag) continue;
    const std::string text = complaint(assign(setting, quoted(setting, setting.max + 1)));
    EXPECT_THAT(text, StartsWith("/etc/zsockd/zsockd.toml:2: " + std::string(setting.key)));
    EXPECT_THAT(text, HasSubstr("is out of range")) << setting.key;
    if (setting.min > 0) {
      EXPECT_NE(complaint(assign(setting, quoted(setting, setting.min - 1))), "") << setting.key;
    }
  }
}

TEST(ConfigSettings, EveryFieldIsReachedByOneKeyOnly) {
  Config config;
  for (const Setting& setting : settings()) {
    for (const Setting& other : settings()) {
      if (&setting == &other) continue;
      EXPECT_NE(setting.key, other.key);
      EXPECT_NE(setting.field(config), other.field(config)) << setting.key << " " << other.key;
    }
  }
}

// req: T-ECN
TEST(ConfigFile, EcnIsAWord) {
  for (const auto& [word, mode] :
       std::array<std::pair<std::string, tcp::EcnMode>, 3>{{{"off", tcp::EcnMode::off},
                                                            {"passive", tcp::EcnMode::passive},
                                                            {"active", tcp::EcnMode::active}}}) {
    Config config;
    read_config_text(config, "[tcp]\necn = \"" + word + "\"\n", "file");
    EXPECT_EQ(config.stack.tcp.ecn, mode);
  }
  EXPECT_EQ(Config{}.stack.tcp.ecn, tcp::EcnMode::passive);
  EXPECT_EQ(complaint("[tcp]\necn = \"on\"\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.ecn: on is none of off, passive, active");
}

// req: T-TFO
TEST(ConfigFile, FastOpenIsAWord) {
  using Mode = tcp::FastOpenMode;
  for (const auto& [word, mode] :
       std::array<std::pair<std::string, Mode>, 4>{{{"off", Mode::off},
                                                    {"client", Mode::client},
                                                    {"server", Mode::server},
                                                    {"both", Mode::both}}}) {
    Config config;
    read_config_text(config, "[tcp]\nfast_open = \"" + word + "\"\n", "file");
    EXPECT_EQ(config.stack.tcp.fast_open, mode);
  }
  EXPECT_EQ(Config{}.stack.tcp.fast_open, Mode::off);
  EXPECT_EQ(complaint("[tcp]\nfast_open = \"on\"\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.fast_open: on is none of off, client, server, both");
}

TEST(ConfigFile, ErrorsNameFileLineAndKey) {
  EXPECT_EQ(complaint("\n\n[tcp]\nmin_rto = \"5h\"\n"),
            "/etc/zsockd/zsockd.toml:4: tcp.min_rto: 5h is out of range 10ms..1min");
  EXPECT_EQ(complaint("[tcp]\nmin_rtoo = 1\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.min_rtoo: there is no such setting");
  EXPECT_EQ(complaint("colour = 1\n"),
            "/etc/zsockd/zsockd.toml:1: colour: there is no such setting");
  EXPECT_EQ(complaint("[tcp]\nmin_rto = 200\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.min_rto: 200 is not a duration such as \"200ms\"");
  EXPECT_EQ(complaint("[tcp]\nreceive_buffer = \"300KiB\"\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.receive_buffer: 300KiB is not a power of two");
  EXPECT_EQ(complaint("[tcp]\ntimestamps = 1\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.timestamps: 1 is not true or false");
  EXPECT_EQ(complaint("[tcp]\nmin_rto = 1979-05-27\n"),
            "/etc/zsockd/zsockd.toml:2: tcp.min_rto: a value of this type is not possible");
  EXPECT_EQ(complaint("address = [\"192.0.2.300/24\"]\n"),
            "/etc/zsockd/zsockd.toml:1: address: 192.0.2.300/24 is not an address with prefix "
            "length, auto or dhcp");
  EXPECT_THAT(complaint("device = \n"), StartsWith("/etc/zsockd/zsockd.toml:1: "));
  EXPECT_THAT(complaint("\nlog_level = \"loud\"\n"), StartsWith("/etc/zsockd/zsockd.toml:2: "));
}

// req: SLA-1
TEST(ConfigFile, AddressesMayBeTheRoutersMatter) {
  Config config;
  config.device = "memory:";
  set_from_text(config, "test", "address", "auto");
  EXPECT_TRUE(config.autoconfiguration);
  EXPECT_TRUE(config.addresses.empty());
  check_config(config);
  set_from_text(config, "test", "address", "192.0.2.1/24 auto");
  EXPECT_TRUE(config.autoconfiguration);
  EXPECT_EQ(config.addresses.size(), 1U);
  set_from_text(config, "test", "address", "192.0.2.1/24");
  EXPECT_FALSE(config.autoconfiguration);
  set_from_text(config, "test", "address", "dhcp");
  EXPECT_TRUE(config.dhcp);
  check_config(config);
}

TEST(ConfigFile, ReadsEverythingThatIsNoNumber) {
  Config config;
  read_config_text(config,
                   "device = \"tap:zs0\"\naddress = [\"192.0.2.1/24\", \"2001:db8::1/64\"]\n"
                   "gateway = \"192.0.2.254\"\nsocket = \"/tmp/s\"\nlog_level = \"debug\"\n"
                   "run_as = \"zsock\"\n[host]\nprivileged_users = [0, 33]\n",
                   "file");
  EXPECT_EQ(config.device, "tap:zs0");
  ASSERT_EQ(config.addresses.size(), 2U);
  EXPECT_EQ(config.addresses[1].to_string(), "2001:db8::1/64");
  ASSERT_EQ(config.gateways.size(), 1U);
  EXPECT_EQ(config.socket_path, "/tmp/s");
  EXPECT_EQ(config.log_level, LogLevel::debug);
  EXPECT_EQ(config.host.privileged_users, (std::vector<uid_t>{0, 33}));
}

TEST(ConfigFile, TheDefaultFileIsValidWithAndWithoutItsComments) {
  std::string text = default_config_text();
  EXPECT_EQ(complaint(text), "");
  std::string all;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    std::string line = text.substr(start, end - start);
    if (line.starts_with("# ") && line.find(" = ") != std::string::npos) line.erase(0, 2);
    all += line + "\n";
    start = end + 1;
  }
  EXPECT_EQ(complaint(all), "");
}

TEST(ConfigValues, UnitsAreExact) {
  EXPECT_EQ(parse_value(Unit::duration, "200ms"), 200'000);
  EXPECT_EQ(parse_value(Unit::duration, "1h"), 3'600'000'000);
  EXPECT_EQ(parse_value(Unit::duration, "0"), 0);
  EXPECT_EQ(parse_value(Unit::size, "256KiB"), 262144);
  EXPECT_EQ(parse_value(Unit::size, "512"), 512);
  for (const char* bad : {"", "ms", "-1s", "1.5s", "1 s", "1sec", "99999999999999999999s",
                          "9223372036854775807h", "0x10s"}) {
    EXPECT_EQ(parse_value(Unit::duration, bad), std::nullopt) << bad;
  }
  EXPECT_EQ(parse_value(Unit::count, "12x"), std::nullopt);
  EXPECT_EQ(parse_value(Unit::flag, "yes"), std::nullopt);
}

template <std::size_t N>
CommandLine parse(const std::array<const char*, N>& arguments) {
  return read_command_line(static_cast<int>(N), arguments.data());
}

template <std::size_t N>
std::string refusal(const std::array<const char*, N>& arguments, int status) {
  try {
    parse(arguments);
  } catch (const StartError& error) {
    EXPECT_EQ(error.exit_status(), status);
    return error.what();
  }
  return "";
}

TEST(CommandLineFlags, WinOverTheFile) {
  const CommandLine line =
      parse(std::array{"zsockd", "--device", "memory:", "--address", "192.0.2.1/24", "--address",
                       "2001:db8::1/64", "--set", "tcp.min_rto=100ms", "--log-level", "error"});
  EXPECT_EQ(line.action, Action::serve);
  EXPECT_EQ(line.config.addresses.size(), 2U);
  EXPECT_EQ(line.config.stack.tcp.min_rto, std::chrono::milliseconds{100});
  EXPECT_EQ(line.config.log_level, LogLevel::error);
}

TEST(CommandLineFlags, WhatIsMissingOrUnknownIsSaid) {
  EXPECT_THAT(refusal(std::array{"zsockd", "--device", "memory:"}, EX_CONFIG),
              HasSubstr("no address"));
  EXPECT_THAT(refusal(std::array{"zsockd", "--address", "192.0.2.1/24"}, EX_CONFIG),
              HasSubstr("no device"));
  EXPECT_NE(refusal(std::array{"zsockd", "--bogus"}, EX_USAGE), "");
  EXPECT_THAT(refusal(std::array{"zsockd", "--config", "/nonexistent.toml"}, EX_NOINPUT),
              HasSubstr("/nonexistent.toml"));
  EXPECT_THAT(refusal(std::array{"zsockd", "--set", "tcp.min_rto"}, EX_USAGE),
              HasSubstr("KEY=VALUE"));
  EXPECT_THAT(refusal(std::array{"zsockd", "--device", "memory:", "--address", "192.0.2.1/24",
                                 "--set", "tcp.min_rto=60s", "--set", "tcp.max_rto=30s"},
                      EX_CONFIG),
              HasSubstr("larger than"));
}

TEST(CommandLineFlags, ShardsGoNotWithEverything) {
  const auto with = [](const char* address, const char* setting) {
    return std::array{"zsockd", "--device",      "memory:", "--address", address,
                      "--set",  "host.shards=2", "--set",   setting};
  };
  EXPECT_EQ(parse(with("192.0.2.1/24", "tcp.fast_open=off")).config.host.shards, 2U);
  EXPECT_THAT(refusal(with("dhcp", "tcp.fast_open=off"), EX_CONFIG), HasSubstr("host.shards"));
  EXPECT_THAT(refusal(with("192.0.2.1/24", "tcp.fast_open=both"), EX_CONFIG),
              HasSubstr("host.shards"));
}

TEST(CommandLineFlags, PrintingIsNotServing) {
  EXPECT_EQ(parse(std::array{"zsockd", "--print-config"}).action, Action::print);
  EXPECT_THAT(parse(std::array{"zsockd", "--version"}).text, HasSubstr("zsockd"));
  EXPECT_THAT(parse(std::array{"zsockd", "--help"}).text, HasSubstr("--device"));
}

TEST(ConfigDns, ReadsServersAndDomains) {
  Config config;
  read_config_text(config,
                   "[dns]\nservers = [\"192.0.2.53\", \"192.0.2.54:5353\", \"2001:db8::53\", "
                   "\"[2001:db8::54]:5353\"]\nsearch = [\"example.org\", \"example.net\"]\n",
                   "file");
  EXPECT_EQ(name_servers_text(config.dns),
            "192.0.2.53:53,192.0.2.54:5353,[2001:db8::53]:53,[2001:db8::54]:5353\n"
            "example.org,example.net");
}

TEST(ConfigDns, NothingIsTheDefault) {
  EXPECT_EQ(name_servers_text(Config{}.dns), "\n");
}

TEST(ConfigDns, RefusesWhatIsNoServerAndNoDomain) {
  for (const char* server : {"ns.example.org", "192.0.2.53:0", "192.0.2.53:65536", "[192.0.2.53]:1",
                             "[2001:db8::53", "2001:db8::53:", "[2001:db8::53]:", ":53", "[]"}) {
    EXPECT_THAT(complaint("[dns]\nservers = [\"" + std::string(server) + "\"]\n"),
                HasSubstr("dns.servers"))
        << server;
  }
  for (const char* domain : {".example.org", "a,b", "a/b", "a..b"}) {
    EXPECT_THAT(complaint("[dns]\nsearch = [\"" + std::string(domain) + "\"]\n"),
                HasSubstr("dns.search"))
        << domain;
  }
}

TEST(ConfigDns, MustFitOneMessage) {
  Config config;
  config.device = "memory:";
  config.addresses.push_back(*wire::Cidr::parse("192.0.2.1/24"));
  EXPECT_NO_THROW(check_config(config));
  config.dns.search.assign(2, std::string(150, 'x'));
  EXPECT_THROW(check_config(config), StartError);
}

TEST(ConfigDns, KnowsWhichFamiliesThereAre) {
  std::vector<net::Ip::AddressInfo> addresses;
  const auto add = [&](const char* text, bool duplicate = false) {
    addresses.push_back({.address = *wire::Cidr::parse(text), .duplicate = duplicate});
    return families_of(addresses);
  };
  EXPECT_EQ(add("127.0.0.1/8"), 0);
  EXPECT_EQ(add("::1/128"), 0);
  EXPECT_EQ(add("fe80::1/64"), 0);
  EXPECT_EQ(add("198.51.100.1/24", true), 0);
  EXPECT_EQ(add("192.0.2.1/24"), ipc::kHasIpv4);
  EXPECT_EQ(add("2001:db8::1/64"), ipc::kHasIpv4 | ipc::kHasIpv6);
}

TEST(ConfigDns, DhcpsServersStandInForNone) {
  const std::array learned{*wire::IpAddress::parse("192.0.2.53"),
                           *wire::IpAddress::parse("192.0.2.54")};
  EXPECT_EQ(name_servers_text(with_learned({}, learned)), "192.0.2.53:53,192.0.2.54:53\n");
  const DnsConfig own{.servers = {{*wire::IpAddress::parse("198.51.100.53"), 5353}}, .search = {}};
  EXPECT_EQ(name_servers_text(with_learned(own, learned)), "198.51.100.53:5353\n");
  const DnsConfig full{.servers = {}, .search = {std::string(ipc::kMaxValue - 13, 'x')}};
  EXPECT_EQ(with_learned(full, learned).servers.size(), 0U);
}

}  // namespace
}  // namespace zsock::host
