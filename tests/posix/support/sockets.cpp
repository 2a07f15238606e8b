#include "tests/posix/support/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

namespace zsock::posix {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name == nullptr ? std::to_string(error) : name;
}

/// A scene that cannot be set is no case.
void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + errno_name(errno));
}

std::string event_names(short bits) {
  static constexpr std::array<std::pair<short, const char*>, 7> kNames{{{POLLIN, "IN"},
                                                                        {POLLPRI, "PRI"},
                                                                        {POLLOUT, "OUT"},
                                                                        {POLLERR, "ERR"},
                                                                        {POLLHUP, "HUP"},
                                                                        {POLLRDHUP, "RDHUP"},
                                                                        {POLLNVAL, "NVAL"}}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) == 0) continue;
    text += text.empty() ? "" : "|";
    text += name;
  }
  return text.empty() ? "0" : text;
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Name::Name(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&storage_, &v4, sizeof v4);
    length_ = sizeof v4;
  } else {
    require(::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1, "an address");
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&storage_, &v6, sizeof v6);
    length_ = sizeof v6;
  }
}

Name::Name(sa_family_t family) {
  storage_.ss_family = family;
}

const sockaddr* Name::get() const {
  return reinterpret_cast<const sockaddr*>(&storage_);
}

std::uint16_t Name::port() const {
  // At one place in both families.
  sockaddr_in name{};
  std::memcpy(&name, &storage_, sizeof name);
  return ntohs(name.sin_port);
}

std::string Name::host() const {
  std::array<char, INET6_ADDRSTRLEN> address{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  std::memcpy(&v4, &storage_, sizeof v4);
  std::memcpy(&v6, &storage_, sizeof v6);
  const void* octets =
      storage_.ss_family == AF_INET ? static_cast<const void*>(&v4.sin_addr) : &v6.sin6_addr;
  ::inet_ntop(storage_.ss_family, octets, address.data(), address.size());
  return address.data();
}

std::string Name::text() const {
  const bool is_v4 = storage_.ss_family == AF_INET;
  return (is_v4 ? host() : "[" + host() + "]") + ":" + std::to_string(port());
}

Name Name::local(int fd) {
  Name name(AF_UNSPEC);
  require(::getsockname(fd, name.put(), name.put_length()) == 0, "getsockname");
  return name;
}

Name Name::peer(int fd) {
  Name name(AF_UNSPEC);
  require(::getpeername(fd, name.put(), name.put_length()) == 0, "getpeername");
  return name;
}

std::string local_text(int fd) {
  Name name(AF_UNSPEC);
  const int result = ::getsockname(fd, name.put(), name.put_length());
  return result == 0 ? name.text() : outcome(result);
}

std::string peer_text(int fd) {
  Name name(AF_UNSPEC);
  const int result = ::getpeername(fd, name.put(), name.put_length());
  return result == 0 ? name.text() : outcome(result);
}

std::string outcome(ssize_t result) {
  return result < 0 ? errno_name(errno) : std::to_string(result);
}

std::string events(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP, .revents = 0};
  const int ready = ::poll(&entry, 1, 0);
  return ready < 0 ? outcome(ready) : event_names(entry.revents);
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::string events_become(int fd, const std::string& wanted) {
  std::string last;
  eventually([&] { return (last = events(fd)) == wanted; });
  return last;
}

bool becomes(int fd, short wanted) {
  pollfd entry{.fd = fd, .events = wanted, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(kPatience / 1ms)) == 1;
}

std::string outcome_after(const std::string& first, const std::function<ssize_t()>& call) {
  std::string last;
  eventually([&] { return (last = outcome(call())) != first; });
  return last;
}

// --- Calls -------------------------------------------------------------------------------------

std::string bind_outcome(int fd, const Name& name) {
  return outcome(::bind(fd, name.get(), name.length()));
}
std::string connect_outcome(int fd, const Name& name) {
  return outcome(::connect(fd, name.get(), name.length()));
}
std::string send_outcome(int fd, const std::string& data, int flags) {
  return outcome(::send(fd, data.data(), data.size(), flags));
}
std::string send_to_outcome(int fd, const std::string& data, const Name& name, int flags) {
  return outcome(::sendto(fd, data.data(), data.size(), flags, name.get(), name.length()));
}

bool takes(int fd, std::size_t octets) {
  std::size_t taken = 0;
  std::vector<char> data(65536);
  return eventually([&] {
    const ssize_t some = ::recv(fd, data.data(), std::min(data.size(), octets - taken), 0);
    if (some > 0) taken += static_cast<std::size_t>(some);
    return taken == octets;
  });
}

std::string received(int fd, int flags, std::size_t most) {
  std::vector<char> octets(most + 1);
  const ssize_t count = ::recv(fd, octets.data(), most, flags);
  if (count <= 0) return outcome(count);
  return "\"" +
         std::string(octets.data(), std::min<std::size_t>(static_cast<std::size_t>(count), most)) +
         "\"";
}

std::string received_in_time(int fd, int flags, std::size_t most) {
  std::string last;
  eventually([&] { return (last = received(fd, flags, most)) != "EAGAIN"; });
  return last;
}

std::string shutdown_outcome(int fd, int how) {
  return outcome(::shutdown(fd, how));
}

std::string set_option(int fd, int level, int name, int value) {
  return outcome(::setsockopt(fd, level, name, &value, sizeof value));
}

std::string option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  const int result = ::getsockopt(fd, level, name, &value, &length);
  return result < 0 ? outcome(result) : std::to_string(value);
}

std::string pending_error(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  const int result = ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length);
  if (result < 0) return outcome(result);
  return value == 0 ? "0" : errno_name(value);
}

void set_blocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

// --- Scenes ------------------------------------------------------------------------------------

Fd tcp(int domain) {
  Fd fd(::socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  require(fd >= 0, "a TCP socket");
  return fd;
}

Fd udp(int domain) {
  Fd fd(::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  require(fd >= 0, "a UDP socket");
  return fd;
}

Fd bound(int type, const std::string& address, std::uint16_t port) {
  const Name name(address, port);
  Fd fd = type == SOCK_STREAM ? tcp(name.domain()) : udp(name.domain());
  require(::bind(fd, name.get(), name.length()) == 0, "bind");
  return fd;
}

Fd listening(const std::string& address, int backlog) {
  Fd fd = bound(SOCK_STREAM, address);
  require(::listen(fd, backlog) == 0, "listen");
  return fd;
}

Fd accepted(int listener) {
  require(becomes(listener, POLLIN), "a connection to accept");
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  require(fd >= 0, "accept");
  return fd;
}

Pair connected(const std::string& address) {
  Pair pair;
  pair.listener = listening(address);
  const Name name = Name::local(pair.listener);
  pair.client = tcp(name.domain());
  ::connect(pair.client, name.get(), name.length());
  pair.server = accepted(pair.listener);
  require(becomes(pair.client, POLLOUT), "a connection");
  return pair;
}

Unanswered unanswered() {
  Unanswered scene;
  scene.listener = listening("127.0.0.1", 0);
  const Name name = Name::local(scene.listener);
  scene.first = tcp();
  ::connect(scene.first, name.get(), name.length());
  require(becomes(scene.listener, POLLIN), "a first connection");
  scene.client = tcp();
  require(::connect(scene.client, name.get(), name.length()) < 0 && errno == EINPROGRESS,
          "connect");
  return scene;
}

void reset_connection(Fd& fd) {
  const linger abortive{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
  fd.reset();
}

int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool become_nobody() {
  constexpr uid_t kNobody = 65534;
  return ::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0;
}

}  // namespace zsock::posix
