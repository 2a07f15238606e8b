#include "drivers/factory.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "drivers/coalesce.h"
#include "drivers/fault.h"
#include "drivers/memory.h"
#include "drivers/packet.h"
#include "drivers/tap.h"

namespace zsock::drivers {
namespace {

constexpr std::uint16_t kMinMtu = 68;  // RFC 791 3.2
constexpr std::uint16_t kMaxMtu = 65521;
constexpr Duration kMaxDelay = std::chrono::seconds(60);

/// The whole text as a number in [low, high].
template <class T>
std::optional<T> number(std::string_view text, T low, T high) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= low && value <= high)) return std::nullopt;  // this form refuses NaN, too
  return value;
}

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

/// A whole number with one of the units; nothing unless the product is in [low, high].
std::optional<std::uint64_t> quantity(std::string_view text, std::span<const Unit> units,
                                      std::pair<std::uint64_t, std::uint64_t> range) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto digits = text.substr(0, text.size() - unit.suffix.size());
    const auto value = number<std::uint64_t>(digits, 0, range.second / unit.factor);
    if (!value) continue;
    const std::uint64_t product = *value * unit.factor;
    return product >= range.first ? std::optional(product) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Duration> duration(std::string_view text) {
  constexpr std::array<Unit, 3> kUnits{{{"us", 1}, {"ms", 1000}, {"s", 1'000'000}}};
  const auto micros = quantity(text, kUnits, {0, static_cast<std::uint64_t>(kMaxDelay.count())});
  if (!micros) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*micros));
}

std::optional<std::uint64_t> rate(std::string_view text) {
  constexpr std::array<Unit, 4> kUnits{
      {{"kbit", 1000}, {"mbit", 1'000'000}, {"gbit", 1'000'000'000}, {"bit", 1}}};
  return quantity(text, kUnits, {1000, 1'000'000'000'000});
}

std::optional<Offload> on_off(std::string_view text) {
  if (text == "on") return Offload::on;
  if (text == "off") return Offload::off;
  return std::nullopt;
}

std::optional<XdpMode> xdp_mode(std::string_view text) {
  if (text == "zero-copy") return XdpMode::zero_copy;
  if (text == "copy") return XdpMode::copy;
  if (text == "generic") return XdpMode::generic;
  return std::nullopt;
}

/// Stores a parsed value; false when parsing gave none.
template <class To, class From>
bool assign(To& to, const std::optional<From>& parsed) {
  if (parsed) to = *parsed;
  return parsed.has_value();
}

bool probability(double& to, std::string_view value) {
  return assign(to, number<double>(value, 0, 1));
}

struct Option {
  std::string_view name;
  std::string_view expects;
  bool (*set)(DeviceSpec& spec, std::string_view value);
};

constexpr std::string_view kProbability = "a probability from 0 to 1";
constexpr std::string_view kDelay = "a time from 0 to 60s, as 20ms";

constexpr std::uint32_t kMaxQueue = 255;
constexpr std::array<std::string_view, 2> kForXdp{"mode", "rx-queue"};

constexpr std::array<Option, 15> kOptions{{
    {"mtu", "68 to 65521",
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.mtu, number(value, kMinMtu, kMaxMtu));
     }},
    {"mac", "a unicast address, as 02:00:5e:00:53:01",
     [](DeviceSpec& spec, std::string_view value) {
       const auto mac = wire::MacAddr::parse(value);
       return mac && !mac->is_multicast() && !mac->is_unspecified() && assign(spec.mac, mac);
     }},
    {"offload", "on or off",
     [](DeviceSpec& spec, std::string_view value) { return assign(spec.offload, on_off(value)); }},
    {"mode", "zero-copy, copy or generic",
     [](DeviceSpec& spec, std::string_view value) { return assign(spec.mode, xdp_mode(value)); }},
    {"rx-queue", "0 to 255",
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.rx_queue, number<std::uint32_t>(value, 0, kMaxQueue));
     }},
    {"trace", "a file name",
     [](DeviceSpec& spec, std::string_view value) {
       spec.trace = value;
       return !value.empty();
     }},
    {"loss", kProbability,
     [](DeviceSpec& spec, std::string_view value) { return probability(spec.faults.loss, value); }},
    {"dup", kProbability,
     [](DeviceSpec& spec, std::string_view value) {
       return probability(spec.faults.duplicate, value);
     }},
    {"reorder", kProbability,
     [](DeviceSpec& spec, std::string_view value) {
       return probability(spec.faults.reorder, value);
     }},
    {"corrupt", kProbability,
     [](DeviceSpec& spec, std::string_view value) {
       return probability(spec.faults.corrupt, value);
     }},
    {"delay", kDelay,
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.faults.delay, duration(value));
     }},
    {"jitter", kDelay,
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.faults.jitter, duration(value));
     }},
    {"rate", "1000bit to 1000gbit, as 100mbit",
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.faults.rate, rate(value));
     }},
    {"queue", "1 to 1000000 frames",
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.faults.queue_frames, number<std::size_t>(value, 1, 1'000'000));
     }},
    {"seed", "0 to 2^64-1",
     [](DeviceSpec& spec, std::string_view value) {
       return assign(spec.faults.seed, number<std::uint64_t>(value, 0, ~std::uint64_t{0}));
     }},
}};

OpenError refusal(std::string_view spec, const std::string& why) {
  return OpenError{"device '" + std::string(spec) + "': " + why};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<DeviceKind> kind_of(std::string_view word) {
  if (word == "tap") return DeviceKind::tap;
  if (word == "memory") return DeviceKind::memory;
  if (word == "packet") return DeviceKind::packet;
  if (word == "xdp") return DeviceKind::xdp;
  return std::nullopt;
}

/// The kernel's rule for interface names, and no '%', which TUNSETIFF would count up.
bool is_interface_name(std::string_view name) {
  const auto odd = [](char c) { return c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '%'; };
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::ranges::none_of(name, odd);
}

/// Applies NAME=VALUE; the reason when it cannot.
std::optional<std::string> apply(DeviceSpec& spec, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const std::string name(assignment.substr(0, equals));
  const auto* const option =
      std::ranges::find(kOptions, std::string_view(name), [](const Option& o) { return o.name; });
  if (option == kOptions.end()) return "unknown option '" + name + "'";
  const bool for_xdp = std::ranges::find(kForXdp, option->name) != kForXdp.end();
  if (for_xdp && spec.kind != DeviceKind::xdp) return "option " + name + " is of xdp: only";
  if (equals == std::string_view::npos) return "option " + name + " needs a value";
  const std::string_view value = assignment.substr(equals + 1);
  if (option->set(spec, value)) return std::nullopt;
  return "option " + name + "=" + std::string(value) + ": expected " + std::string(option->expects);
}

Result<std::unique_ptr<Device>, OpenError> open_bare(const DeviceSpec& spec, bool multi_queue) {
  switch (spec.kind) {
    case DeviceKind::tap:
      return open_tap(TapOptions{.name = spec.name,
                                 .mtu = spec.mtu,
                                 .mac = spec.mac,
                                 .offload = spec.offload,
                                 .multi_queue = multi_queue});
    case DeviceKind::memory: {
      MemoryOptions options{.offload = spec.offload};
      if (spec.mtu) options.mtu = *spec.mtu;
      if (spec.mac) options.left = *spec.mac;
      return make_memory_device(options);
    }
    case DeviceKind::packet:
      return open_packet(PacketOptions{
          .name = spec.name, .mtu = spec.mtu, .mac = spec.mac, .offload = spec.offload});
    case DeviceKind::xdp:
#ifdef ZSOCK_XDP
      return open_xdp(XdpOptions{.name = spec.name,
                                 .mtu = spec.mtu,
                                 .mac = spec.mac,
                                 .mode = spec.mode,
                                 .rx_queue = spec.rx_queue});
#else
      break;
#endif
  }
  return Err{OpenError{"xdp:" + spec.name + ": not supported by this build"}};
}

}  // namespace

Result<DeviceSpec, OpenError> parse_device_spec(std::string_view text) {
  const auto parts = split(text, ',');
  const auto colon = parts.front().find(':');
  const auto kind = kind_of(parts.front().substr(0, colon));
  if (!kind || colon == std::string_view::npos) {
    return Err{refusal(text, "expected tap:NAME, packet:IFNAME, xdp:IFNAME or memory:")};
  }
  DeviceSpec spec{.kind = *kind, .name = std::string(parts.front().substr(colon + 1))};
  const bool named = spec.kind != DeviceKind::memory;
  if (named && !is_interface_name(spec.name)) {
    return Err{refusal(text, "'" + spec.name + "' is not an interface name of 1 to 15 characters")};
  }
  if (!named && !spec.name.empty()) return Err{refusal(text, "memory: takes no name")};

  std::vector<std::string_view> seen;
  for (const std::string_view assignment : std::span(parts).subspan(1)) {
    const std::string_view name = assignment.substr(0, assignment.find('='));
    if (std::ranges::find(seen, name) != seen.end()) {
      return Err{refusal(text, "option " + std::string(name) + " is given twice")};
    }
    seen.push_back(name);
    if (const auto why = apply(spec, assignment)) return Err{refusal(text, *why)};
  }
  return spec;
}

Result<std::unique_ptr<Device>, OpenError> open_device(const DeviceSpec& spec,
                                                       const OpenContext& context) {
  auto device = open_bare(spec, context.multi_queue);
  if (!device) return device;
  if (spec.faults.any()) device = make_fault(std::move(*device), spec.faults);
  device = make_coalescing(std::move(*device));
  if (spec.trace.empty() && !context.line_sink) return device;
  return make_trace(std::move(*device), TraceOptions{.pcap_path = spec.trace,
                                                     .wall_offset = context.wall_offset,
                                                     .line_sink = context.line_sink});
}

}  // namespace zsock::drivers
