// "config" lines: what a script may change about the stack.
#include <cmath>
#include <cstdlib>
#include <functional>

#include "tests/support/packet_runner.h"

namespace zsock::test {
namespace {

struct Setup {
  StackConfig stack{};
  std::uint16_t mtu = 1500;
  RingSizes rings{};
  bool peer_present = true;
};

using Apply = std::function<void(Setup&, double)>;

template <class T>
Apply integer(T tcp::Config::*field) {
  return [field](Setup& setup, double value) { setup.stack.tcp.*field = static_cast<T>(value); };
}

Apply seconds(Duration tcp::Config::*field) {
  return [field](Setup& setup, double value) {
    setup.stack.tcp.*field = Duration{std::llround(value * 1e6)};
  };
}

const std::map<std::string, Apply>& settings() {
  static const std::map<std::string, Apply> known{
      {"mtu", [](Setup& s, double v) { s.mtu = static_cast<std::uint16_t>(v); }},
      {"receive_ring", [](Setup& s, double v) { s.rings.receive = static_cast<std::size_t>(v); }},
      {"transmit_ring", [](Setup& s, double v) { s.rings.transmit = static_cast<std::size_t>(v); }},
      {"peer", [](Setup& s, double v) { s.peer_present = v != 0; }},
      {"max_receive_buffer", integer(&tcp::Config::max_receive_buffer)},
      {"quick_acks", integer(&tcp::Config::quick_acks)},
      {"window_scaling", integer(&tcp::Config::window_scaling)},
      {"timestamps", integer(&tcp::Config::timestamps)},
      {"sack", integer(&tcp::Config::sack)},
      {"ecn", integer(&tcp::Config::ecn)},
      {"fast_open", integer(&tcp::Config::fast_open)},
      {"congestion", integer(&tcp::Config::congestion)},
      {"initial_window", integer(&tcp::Config::initial_window_segments)},
      {"retries", integer(&tcp::Config::retries_r2)},
      {"orphan_retries", integer(&tcp::Config::orphan_retries)},
      {"syn_retries", integer(&tcp::Config::syn_retries)},
      {"syn_ack_retries", integer(&tcp::Config::syn_ack_retries)},
      {"syn_backlog", integer(&tcp::Config::syn_backlog)},
      {"syn_cookies", integer(&tcp::Config::syn_cookies)},
      {"min_peer_mss", integer(&tcp::Config::min_peer_mss)},
      {"soft_icmp_in_syn_sent_is_fatal", integer(&tcp::Config::soft_icmp_in_syn_sent_is_fatal)},
      {"min_rto", seconds(&tcp::Config::min_rto)},
      {"delayed_ack", seconds(&tcp::Config::delayed_ack)},
      {"time_wait", seconds(&tcp::Config::time_wait)},
  };
  return known;
}

std::optional<double> value_of(const std::string& text) {
  if (text == "on" || text == "present" || text == "passive" || text == "newreno") return 1;
  if (text == "off" || text == "absent" || text == "cubic") return 0;
  if (text == "active" || text == "server") return 2;
  if (text == "client") return 1;
  if (text == "both") return 3;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

}  // namespace

std::string run_script(const std::string& file, std::string_view text) {
  const auto at = [&](int line) { return file + ":" + std::to_string(line) + ": "; };
  const auto script = parse_script(text);
  if (!script) return at(script.error().line) + script.error().reason + "\n";
  Setup setup;
  setup.stack.ports.increments = 256;  // a small table is filled quickly
  for (const Setting& setting : script->settings) {
    const auto known = settings().find(setting.name);
    const auto value = value_of(setting.value);
    if (known == settings().end() || !value) return at(setting.line) + "no such setting\n";
    known->second(setup, *value);
  }
  PacketRunner runner{setup.stack, setup.mtu, setup.rings, setup.peer_present};
  const auto failure = runner.run(script->events);
  if (!failure) return "";
  return at(failure->line) + "\n  " + failure->text + "\nso far:\n" + runner.history();
}

}  // namespace zsock::test
