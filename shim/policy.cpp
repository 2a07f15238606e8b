#include "shim/policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace zsock::shim {
namespace {

using Octets = std::array<std::uint8_t, 16>;

/// An address as 128 bits, IPv4 mapped, with the port in host order.
struct Target {
  Octets address{};
  std::uint16_t port = 0;
};

struct Rule {
  Octets address{};
  unsigned prefix = 0;  ///< bits that count; 0: every address, the wildcard as well
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 65535;

  [[nodiscard]] bool matches(const Target& target) const {
    if (target.port < first_port || target.port > last_port) return false;
    for (unsigned bit = 0; bit < prefix; bit += 8) {
      const unsigned left = std::min(prefix - bit, 8U);
      const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
      if (((address[bit / 8] ^ target.address[bit / 8]) & mask) != 0) return false;
    }
    return true;
  }
};

class Rules {
 public:
  bool add(const Rule& rule) {
    if (count_ == all_.size()) return false;
    all_[count_++] = rule;
    return true;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool any(const Target& target) const {
    const auto used = std::span(all_).first(count_);
    return std::ranges::any_of(used, [&](const Rule& rule) { return rule.matches(target); });
  }

 private:
  std::array<Rule, 64> all_{};
  std::size_t count_ = 0;
};

constinit Rules only;
constinit Rules except;
constinit bool fallback = false;

constexpr unsigned kMappedBits = 96;

Octets mapped(std::span<const std::uint8_t, 4> ipv4) {
  Octets octets{};
  octets[10] = octets[11] = 0xff;
  std::ranges::copy(ipv4, octets.begin() + 12);
  return octets;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && number <= most ? std::optional(number) : std::nullopt;
}

bool parse_ports(std::string_view text, Rule& rule) {
  const std::size_t dash = text.find('-');
  const auto first = parse_number<std::uint16_t>(text.substr(0, dash), 65535);
  const auto last = dash == std::string_view::npos
                        ? first
                        : parse_number<std::uint16_t>(text.substr(dash + 1), 65535);
  if (!first || !last || *first > *last) return false;
  rule.first_port = *first;
  rule.last_port = *last;
  return true;
}

bool parse_network(std::string_view text, Rule& rule) {
  const std::size_t slash = text.find('/');
  std::array<char, INET6_ADDRSTRLEN> name{};
  const std::string_view address = text.substr(0, slash);
  if (address.size() >= name.size()) return false;
  std::ranges::copy(address, name.begin());
  unsigned bits = 128;
  std::array<std::uint8_t, 4> ipv4{};
  if (::inet_pton(AF_INET, name.data(), ipv4.data()) == 1) {
    rule.address = mapped(ipv4);
    bits = 32;
  } else if (::inet_pton(AF_INET6, name.data(), rule.address.data()) != 1) {
    return false;
  }
  const auto prefix = slash == std::string_view::npos
                          ? std::optional(bits)
                          : parse_number<unsigned>(text.substr(slash + 1), bits);
  if (!prefix) return false;
  rule.prefix = *prefix + (bits == 32 ? kMappedBits : 0);
  return true;
}

bool parse_rule(std::string_view text, Rule& rule) {
  std::string_view network = text;
  std::string_view ports;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    network = text.substr(1, end - 1);
    ports = text.substr(end + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    network = text.substr(0, text.find(':'));
    ports = text.substr(text.find(':'));
  }
  if (!ports.empty() && (!ports.starts_with(':') || !parse_ports(ports.substr(1), rule))) {
    return false;
  }
  if (network.empty()) return !ports.empty();
  return parse_network(network, rule);
}

void read_rules(const char* variable, std::string_view rest, Rules& rules) {
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view text = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    Rule rule;
    if (text.empty()) continue;
    if (parse_rule(text, rule) && rules.add(rule)) continue;
    say("%s: cannot use the rule \"%.*s\"", variable, static_cast<int>(text.size()), text.data());
    ::_exit(2);
  }
}

std::optional<Target> target_of(const sockaddr* address, socklen_t length) {
  if (address == nullptr || length < sizeof(sa_family_t)) return std::nullopt;
  Target target;
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof(ipv4));
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &ipv4.sin_addr, octets.size());
    target.address = mapped(octets);
    target.port = ntohs(ipv4.sin_port);
    return target;
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof(ipv6));
    std::memcpy(target.address.data(), &ipv6.sin6_addr, target.address.size());
    target.port = ntohs(ipv6.sin6_port);
    return target;
  }
  return std::nullopt;
}

bool is_wildcard(const Target& target) {
  constexpr std::array<std::uint8_t, 4> kAny{};
  return target.address == Octets{} || target.address == mapped(kAny);
}

}  // namespace

void read_policy(const Environment& environment) {
  read_rules(kOnlyVariable, environment.value(kOnlyVariable), only);
  read_rules(kExceptVariable, environment.value(kExceptVariable), except);
  fallback = environment.value(kFallbackVariable) == "kernel";
}

bool has_rules() {
  return !only.empty() || !except.empty();
}

bool kernel_serves(const sockaddr* address, socklen_t length) {
  const auto target = target_of(address, length);
  if (!target || !has_rules()) return false;
  if (except.any(*target)) return true;
  return !only.empty() && !is_wildcard(*target) && !only.any(*target);
}

bool falls_back_to_kernel() {
  return fallback;
}

}  // namespace zsock::shim
