#include "libzsock/zephyr/limits.h"

#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "libzsock/zephyr/native.h"

extern "C" {
// A program with CONFIG_ZSOCK_PROFILE_ZEPHYR has a stronger one: zephyr/net/socket.h.
extern const char* zsock_profile;
__attribute__((weak, visibility("default"))) const char* zsock_profile = nullptr;
}

namespace zsock::zephyr {
namespace {

constexpr const char* kVariable = "ZSOCK_PROFILE";

std::atomic<int> open_sockets{0};

bool set(Limits& limits, std::string_view name, int value) {
  if (value < 1) return false;
  if (name == "contexts") return (limits.contexts = value) != 0;
  if (name == "descriptors") return (limits.descriptors = value) != 0;
  if (name == "poll") return (limits.poll = value) != 0;
  if (name == "send_wait") return (limits.send_wait_ms = value) != 0;
  if (name == "retransmission") return (limits.retransmission_ms = value) != 0;
  if (name == "retries") return (limits.retries = value) != 0;
  return name == "buffer" && (limits.buffer = value) != 0;
}

// "name=number". False: it is not.
bool take(Limits& limits, std::string_view item) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) return false;
  int value = 0;
  const char* const end = item.data() + item.size();
  const auto [stop, error] = std::from_chars(item.data() + equals + 1, end, value);
  return error == std::errc{} && stop == end && set(limits, item.substr(0, equals), value);
}

Limits read_limits() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr) text = zsock_profile;
  return text != nullptr ? parse_limits(text) : Limits{};
}

int count_socket(int limit, int error) {
  if (!limits().on) return 0;
  const int before = open_sockets.fetch_add(1);
  if (before < limit) return 0;
  --open_sockets;
  return error;
}

timeval send_wait() {
  const int milliseconds = limits().send_wait_ms;
  return {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
}

}  // namespace

Limits parse_limits(std::string_view text) {
  constexpr std::string_view kName = "zephyr";
  Limits limits;
  if (text.substr(0, kName.size()) != kName) return {};
  text.remove_prefix(kName.size());
  while (!text.empty()) {
    const std::size_t end = text.find(',', 1);
    if (text.front() != ',' || !take(limits, text.substr(1, end - 1))) return {};
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  limits.on = true;
  return limits;
}

const Limits& limits() {
  static const Limits instance = read_limits();
  return instance;
}

int give_up_ms(const Limits& limits) {
  constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
  const std::int64_t waits = (std::int64_t{1} << std::min(limits.retries, 31)) - 1;
  return static_cast<int>(std::min(kLongest, limits.retransmission_ms * waits));
}

int take_socket() {
  const Limits& now = limits();
  return now.descriptors <= now.contexts ? count_socket(now.descriptors, ENFILE)
                                         : count_socket(now.contexts, ENOMEM);
}

int take_descriptor() {
  return count_socket(limits().descriptors, ENFILE);
}

void give_socket_back() {
  if (limits().on) --open_sockets;
}

void restrict_socket(int sock) {
  if (!limits().on) return;
  const timeval wait = send_wait();
  zs_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  const int give_up = give_up_ms(limits());
  zs_setsockopt(sock, IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up, sizeof give_up);  // a stream's
  zs_setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &limits().buffer, sizeof(int));
  zs_setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &limits().buffer, sizeof(int));
}

bool waited_too_long(int sock, int flags) {
  if (!limits().on || (flags & MSG_DONTWAIT) != 0) return false;
  if ((zs_fcntl(sock, F_GETFL, 0) & O_NONBLOCK) != 0) return false;
  timeval wait{};
  socklen_t size = sizeof wait;
  if (zs_getsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &wait, &size) < 0) return false;
  // Another limit is the program's own.
  const timeval ours = send_wait();
  return wait.tv_sec == ours.tv_sec && wait.tv_usec == ours.tv_usec;
}

}  // namespace zsock::zephyr
