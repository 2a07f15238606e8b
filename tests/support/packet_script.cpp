#include "tests/support/packet_script.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace zsock::test {
namespace {

struct Syntax {
  std::string reason{};
};
template <class T>
using Parsed = Result<T, Syntax>;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(separator), text.size());
    const std::string_view part = trim(text.substr(0, at));
    if (!part.empty() || separator != ' ') parts.emplace_back(part);
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return parts;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Number> parse_number(std::string_view text) {
  if (text == "*") return Number{.any = true};
  const auto value = parse_integer(text);
  if (!value) return std::nullopt;
  return Number{.value = *value};
}

std::optional<Duration> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return Duration{std::llround(seconds * 1e6)};
}

/// The words of a line, to be taken one by one.
class Words {
 public:
  explicit Words(std::string_view text) : words_(split(text, ' ')) {}
  [[nodiscard]] bool empty() const { return at_ == words_.size(); }
  std::string next() { return empty() ? std::string{} : words_[at_++]; }
  [[nodiscard]] std::string peek() const { return empty() ? std::string{} : words_[at_]; }
  std::vector<std::string> rest() {
    return {words_.begin() + static_cast<std::ptrdiff_t>(std::exchange(at_, words_.size())),
            words_.end()};
  }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

/// "1:1001(1000)"
bool parse_range(std::string_view text, PacketText& packet) {
  const std::size_t colon = text.find(':');
  const std::size_t open = text.find('(');
  if (colon == std::string_view::npos || open == std::string_view::npos || text.back() != ')')
    return false;
  const auto begin = parse_number(text.substr(0, colon));
  const auto end = parse_number(text.substr(colon + 1, open - colon - 1));
  const auto length = parse_integer(text.substr(open + 1, text.size() - open - 2));
  if (!begin || !end || !length) return false;
  if (!begin->any && !end->any && end->value - begin->value != *length) return false;
  packet.begin = *begin;
  packet.end = *end;
  packet.length = *length;
  return true;
}

/// "udp(100)": name and octets.
std::optional<std::pair<std::string, std::int64_t>> parse_sized(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') return std::nullopt;
  const auto size = parse_integer(text.substr(open + 1, text.size() - open - 2));
  if (!size) return std::nullopt;
  return std::pair{std::string{text.substr(0, open)}, *size};
}

bool parse_raw(std::string_view digits, std::vector<std::uint8_t>& octets) {
  for (; digits.size() >= 2; digits.remove_prefix(2)) {
    std::uint8_t octet = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, octet, 16);
    if (error != std::errc{} || end != digits.data() + 2) return false;
    octets.push_back(octet);
  }
  return digits.empty();
}

bool parse_cookie(Words& words, OptionsText& options) {
  OptionsText::Cookie cookie;
  if (!words.empty()) {
    const std::string octets = words.next();
    cookie.known = octets == "cookie";
    if (!cookie.known && !parse_raw(octets, cookie.octets)) return false;
  }
  options.fast_open = cookie;
  return true;
}

bool parse_sack(Words& words, OptionsText& options) {
  while (!words.empty()) {
    const std::string block = words.next();
    const std::size_t colon = block.find(':');
    const auto begin = parse_integer(std::string_view{block}.substr(0, colon));
    const auto end = colon == std::string::npos
                         ? std::nullopt
                         : parse_integer(std::string_view{block}.substr(colon + 1));
    if (!begin || !end) return false;
    options.sack.emplace_back(static_cast<std::uint32_t>(*begin), static_cast<std::uint32_t>(*end));
  }
  return true;
}

bool parse_option(std::string_view text, OptionsText& options) {
  Words words{text};
  const std::string name = words.next();
  if (name == "...") return options.open = true;
  if (name == "nop" || name == "eol") return true;
  if (name == "sackOK") return options.sack_ok = true;
  if (name == "raw") return parse_raw(words.next(), options.raw);
  if (name == "sack") return parse_sack(words, options);
  if (name == "FO") return parse_cookie(words, options);
  if (name == "mss") return (options.mss = parse_number(words.next())).has_value();
  if (name == "wscale") return (options.wscale = parse_number(words.next())).has_value();
  if (name != "TS" || words.next() != "val") return false;
  const auto value = parse_number(words.next());
  if (!value || words.next() != "ecr") return false;
  const auto echo = parse_number(words.next());
  if (!echo) return false;
  options.ts = ScriptTimestamps{*value, *echo};
  return true;
}

/// Takes the part between < and > out of the text.
Parsed<std::optional<OptionsText>> take_options(std::string& text) {
  const std::size_t open = text.find('<');
  if (open == std::string::npos) return std::optional<OptionsText>{};
  const std::size_t close = text.find('>', open);
  if (close == std::string::npos) return Err{Syntax{"no > after <"}};
  OptionsText options;
  for (const std::string& part :
       split(std::string_view{text}.substr(open + 1, close - open - 1), ',')) {
    if (!parse_option(part, options)) return Err{Syntax{"option: " + part}};
  }
  text.erase(open, close - open + 1);
  return std::optional{options};
}

/// ack, win, urg, tos, mtu, from, to and what else may follow.
bool parse_attribute(Words& words, PacketText& packet) {
  const std::string name = words.next();
  if (name == "bad_checksum") return packet.bad_checksum = true;
  if (name == "from") return (packet.from = parse_script_endpoint(words.next())).has_value();
  if (name == "to") return (packet.to = parse_script_endpoint(words.next())).has_value();
  if (name == "ip_options") return parse_raw(words.next(), packet.ip_options);
  if (name == "quoting") {
    packet.quoted = Protocol::tcp;
    const std::string what = words.next();
    const auto sized = parse_sized(what);
    if (!sized || sized->first != "udp") return parse_range(what, packet);
    packet.quoted = Protocol::udp;
    packet.length = sized->second;
    return true;
  }
  const auto value = parse_number(words.next());
  if (!value) return false;
  if (name == "ack") packet.ack = value;
  if (name == "win") packet.win = value;
  if (name == "urg") packet.urg = value;
  if (name == "tos") packet.tos = value;
  if (name == "reserved") packet.reserved = value->value;
  if (name == "ttl") packet.ttl = value;
  if (name == "mtu") packet.mtu = value;
  return name == "ack" || name == "win" || name == "urg" || name == "tos" || name == "ttl" ||
         name == "mtu" || name == "reserved";
}

bool parse_subject(Words& words, PacketText& packet) {
  const std::string first = words.next();
  if (first == "icmp") {
    packet.protocol = Protocol::icmp;
    packet.icmp = words.next();
    if (const auto sized = parse_sized(packet.icmp)) {
      packet.icmp = sized->first;
      packet.length = sized->second;
    }
    return !packet.icmp.empty();
  }
  if (const auto sized = parse_sized(first)) {
    packet.protocol = Protocol::udp;
    packet.length = sized->second;
    return sized->first == "udp";
  }
  packet.flags = first == "-" ? "" : first;  // no flag at all
  return packet.flags.find_first_not_of("SFRP.UEW") == std::string::npos &&
         parse_range(words.next(), packet);
}

Parsed<PacketText> parse_packet(std::string text) {
  PacketText packet;
  const auto options = take_options(text);
  if (!options) return Err{options.error()};
  packet.options = *options;
  Words words{text};
  if (!parse_subject(words, packet)) return Err{Syntax{"packet: " + text}};
  while (!words.empty()) {
    const std::string at = words.peek();
    if (!parse_attribute(words, packet)) return Err{Syntax{"near " + at}};
  }
  return packet;
}

Parsed<Call> parse_call(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return Err{Syntax{"no event: " + std::string{text}}};
  Call call{.name = std::string{trim(text.substr(0, open))},
            .arguments = split(text.substr(open + 1, close - open - 1), ',')};
  const std::string_view rest = trim(text.substr(close + 1));
  if (rest.empty()) return call;
  if (rest.front() != '=') return Err{Syntax{"= expected: " + std::string{rest}}};
  call.result = std::string{trim(rest.substr(1))};
  return call;
}

Parsed<Claim> parse_claim(std::string_view text) {
  Words words{text};
  Claim claim{.about = words.next()};
  const auto descriptor = parse_integer(words.next());
  if (!descriptor) return Err{Syntax{"descriptor expected"}};
  claim.descriptor = static_cast<int>(*descriptor);
  claim.words = words.rest();
  if (claim.words.empty()) return Err{Syntax{"what about it?"}};
  return claim;
}

template <class T>
Parsed<Event> with(Event event, const Parsed<T>& what) {
  if (!what) return Err{what.error()};
  event.what = *what;
  return event;
}

Parsed<Event> parse_what(Event event, std::string_view text) {
  if (text.starts_with("> ") && trim(text.substr(2)) == "nothing") {
    event.what = Silence{};
    return event;
  }
  if (text.starts_with("> ") || text.starts_with("< ")) {
    const auto packet = parse_packet(std::string{text.substr(2)});
    if (!packet) return Err{packet.error()};
    if (text.front() == '<') {
      event.what = Incoming{*packet};
    } else {
      event.what = Outgoing{*packet};
    }
    return event;
  }
  const std::string first = Words{text}.next();
  if (first == "state" || first == "expect" || first == "info")
    return with(std::move(event), parse_claim(text));
  return with(std::move(event), parse_call(text));
}

Parsed<Event> parse_event(std::string_view text) {
  Event event{.text = std::string{text}};
  if (text.front() != '+') return Err{Syntax{"a line begins with +TIME, config or #"}};
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view time = text.substr(1, space - 1);
  const std::size_t tilde = std::min(time.find('~'), time.size());
  const auto delay = parse_seconds(time.substr(0, tilde));
  const auto tolerance =
      tilde == time.size() ? std::optional{Duration{}} : parse_seconds(time.substr(tilde + 1));
  if (!delay || !tolerance) return Err{Syntax{"time: " + std::string{time}}};
  event.delay = *delay;
  event.tolerance = *tolerance;
  return parse_what(std::move(event), trim(text.substr(space)));
}

}  // namespace

std::optional<wire::Endpoint> parse_script_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  const std::string_view name = text.substr(0, colon);
  wire::Endpoint endpoint{.port = static_cast<std::uint16_t>(*port)};
  if (name.empty()) return endpoint;
  if (name == "local") endpoint.address = kScriptLocal;
  if (name == "peer") endpoint.address = kScriptPeer;
  if (name == "other") endpoint.address = kScriptOther;
  if (!endpoint.address.is_unspecified()) return endpoint;
  const auto address = wire::IpAddress::parse(name);
  if (!address) return std::nullopt;
  endpoint.address = *address;
  return endpoint;
}

Result<Script, ScriptError> parse_script(std::string_view text) {
  Script script;
  int number = 0;
  for (const std::string& whole : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(std::string_view{whole}.substr(0, whole.find('#')));
    if (line.empty()) continue;
    if (line.starts_with("config ")) {
      Words words{line.substr(7)};
      const std::string name = words.next();
      script.settings.push_back({number, name, words.next()});
      if (!script.events.empty()) return Err{ScriptError{number, "config comes first"}};
      continue;
    }
    auto event = parse_event(line);
    if (!event) return Err{ScriptError{number, event.error().reason}};
    event->line = number;
    script.events.push_back(std::move(*event));
  }
  return script;
}

}  // namespace zsock::test
