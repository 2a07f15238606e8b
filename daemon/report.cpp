#include "daemon/report.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/os.h"

namespace zsock::host {
namespace {

constexpr std::size_t kQueuedLines = 8192;
constexpr unsigned kWarningsPerSecond = 10;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  constexpr std::array kLevels{spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                               spdlog::level::warn, spdlog::level::err};
  return kLevels.at(static_cast<std::size_t>(level));
}

/// sd-daemon(3): "<4>" at the start of a line is its priority.
class JournalFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    constexpr std::array kPriorities{'7', '7', '6', '4', '3', '2', '6'};
    out.push_back('<');
    out.push_back(kPriorities.at(static_cast<std::size_t>(message.level)));
    out.push_back('>');
    out.append(message.payload.data(), message.payload.data() + message.payload.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JournalFormatter>();
  }
};

/// Lets so many lines through per second.
class LineLimit {
 public:
  /// How many were held back before this one; nothing: this one is held back.
  std::optional<unsigned> pass(Instant now) {
    if (now - second_ >= std::chrono::seconds{1}) {
      second_ = now;
      passed_ = 0;
    }
    if (passed_ >= kWarningsPerSecond) {
      ++held_;
      return std::nullopt;
    }
    ++passed_;
    return std::exchange(held_, 0);
  }

 private:
  Instant second_{};
  unsigned passed_ = 0;
  unsigned held_ = 0;
};

using Sink = spdlog::sinks::stderr_sink_mt;

void use_logger(std::shared_ptr<spdlog::logger> logger, spdlog::level::level_enum level) {
  logger->set_level(level);
  if (std::getenv("JOURNAL_STREAM") != nullptr) {
    logger->set_formatter(std::make_unique<JournalFormatter>());
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
  }
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

void start_log(LogLevel level) {
  use_logger(std::make_shared<spdlog::logger>("zsockd", std::make_shared<Sink>()),
             to_spdlog(level));
}

void detach_log() {
  const spdlog::level::level_enum level = spdlog::default_logger()->level();
  spdlog::init_thread_pool(kQueuedLines, 1);
  use_logger(std::make_shared<spdlog::async_logger>("zsockd", std::make_shared<Sink>(),
                                                    spdlog::thread_pool(),
                                                    spdlog::async_overflow_policy::overrun_oldest),
             level);
}

void stop_log() {
  // Its thread ends before what that has used.
  const auto logger = spdlog::default_logger();
  spdlog::shutdown();
}

void log_trace(std::string_view line) {
  spdlog::trace("{}", line);
}
void log_debug(std::string_view line) {
  spdlog::debug("{}", line);
}
void log_info(std::string_view line) {
  spdlog::info("{}", line);
}
void log_error(std::string_view line) {
  spdlog::error("{}", line);
}

void log_warn(std::string_view line) {
  thread_local LineLimit limit;
  const auto held = limit.pass(monotonic_now());
  if (!held) return;
  if (*held != 0) spdlog::warn("{} warnings were left out", *held);
  spdlog::warn("{}", line);
}

std::string counters_text(const Counters& counters) {
  std::string text;
  const auto add = [&text](const char* name, std::uint64_t value) {
    if (value != 0) text += std::string(name) + " " + std::to_string(value) + "\n";
  };
#define ZSOCK_ADD_COUNTER(name) add(#name, counters.name);
  ZSOCK_COUNTERS(ZSOCK_ADD_COUNTER)
#undef ZSOCK_ADD_COUNTER
  return text;
}

std::string kind_name(SocketKind kind) {
  return kind == SocketKind::tcp ? "tcp " : kind == SocketKind::udp ? "udp " : "icmp ";
}

std::string sockets_text(const std::vector<SocketRow>& rows) {
  std::string text;
  for (const SocketRow& row : rows) {
    text += kind_name(row.kind);
    text += std::string(row.state) + " " + row.local.to_string() + " " + row.remote.to_string();
    if (row.kind == SocketKind::tcp) {
      text += " sent " + std::to_string(row.info.octets_sent) + " received " +
              std::to_string(row.info.octets_received) + " cwnd " +
              std::to_string(row.info.congestion_window);
    }
    text += "\n";
  }
  return text;
}

std::string interface_text(const drivers::DeviceInfo& device,
                           const std::vector<net::Ip::AddressInfo>& addresses,
                           const std::vector<wire::IpAddress>& gateways) {
  std::string text = "interface " + device.name + " mtu " + std::to_string(device.mtu) + " mac " +
                     device.mac.to_string() + "\n";
  for (const net::Ip::AddressInfo& own : addresses) {
    const char* const state = own.duplicate ? "duplicate" : own.tentative ? "tentative" : "usable";
    text += "address " + own.address.to_string() + " " + state + "\n";
  }
  for (const wire::IpAddress& gateway : gateways) text += "gateway " + gateway.to_string() + "\n";
  return text;
}

}  // namespace zsock::host
