#include <ares.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libzsock/no_cancel.h"
#include "libzsock/resolver/question.h"

// One channel of c-ares for one question: a fresh port and a fresh id each time (RFC 5452 9.2), and
// nothing that threads share.

namespace zsock::resolver {
namespace {

constexpr int kEdnsPayload = 1232;  // RFC 9715
constexpr std::int64_t kNever = INT64_MAX;

/// \return an EAI_* code
int translate(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return 0;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME:
      return EAI_NONAME;
    case ARES_ENODATA:
      return EAI_NODATA;
    case ARES_ENOMEM:
      return EAI_MEMORY;
    case ARES_EFORMERR:
    case ARES_EBADRESP:
    case ARES_EBADFAMILY:
      return EAI_FAIL;
    default:  // SERVFAIL, REFUSED, NOTIMP, no server that answers in time: later perhaps
      return EAI_AGAIN;
  }
}

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

const Calls& calls_of(void* data) {
  return *static_cast<const Calls*>(data);
}

ares_socket_t open_socket(int domain, int type, int protocol, void* data) {
  return calls_of(data).socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}
int close_socket(ares_socket_t fd, void* data) {
  return calls_of(data).close(fd);
}
int connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void* data) {
  return calls_of(data).connect(fd, address, length);
}
ares_ssize_t receive(ares_socket_t fd, void* buffer, std::size_t size, int flags, sockaddr* address,
                     ares_socklen_t* length, void* data) {
  return calls_of(data).recvfrom(fd, buffer, size, flags, address, length);
}
ares_ssize_t send_pieces(ares_socket_t fd, const iovec* pieces, int count, void* data) {
  return calls_of(data).writev(fd, pieces, count);
}

constexpr ares_socket_functions kFunctions{.asocket = open_socket,
                                           .aclose = close_socket,
                                           .aconnect = connect_socket,
                                           .arecvfrom = receive,
                                           .asendv = send_pieces};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

class Channel {
 public:
  Channel(const Calls& calls, const Manner& manner) : calls_(calls) {
    status_ = ares_library_init(ARES_LIB_INIT_ALL);
    if (status_ == ARES_SUCCESS) status_ = open(manner);
    if (manner.limit_ms >= 0) end_ = now_ms() + manner.limit_ms;
  }
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] ares_channel get() const { return channel_; }
  [[nodiscard]] bool asks_servers() const { return asks_servers_; }

  /// Serves the sockets until the answer is there; gives up at the limit.
  void run(const bool& done);

 private:
  int open(const Manner& manner);
  bool wait_once();

  Calls calls_;
  ares_channel channel_ = nullptr;
  int status_ = ARES_ENOTINITIALIZED;
  bool asks_servers_ = false;
  std::int64_t end_ = kNever;
};

int Channel::open(const Manner& manner) {
  std::vector<std::string> search = split(manner.search);
  std::vector<char*> domains;
  for (std::string& domain : search) domains.push_back(domain.data());
  asks_servers_ = *manner.servers != '\0';
  std::string lookups = asks_servers_ ? "fb" : "f";
  std::string nothing = "/dev/null";  // the host's servers are the kernel's business
  ares_options options{};
  options.flags = ARES_FLAG_EDNS;
  options.timeout = manner.try_ms;
  options.tries = manner.tries;
  options.ndots = 1;
  options.domains = domains.data();
  options.ndomains = static_cast<int>(domains.size());
  options.lookups = lookups.data();
  options.ednspsz = kEdnsPayload;
  options.resolvconf_path = nothing.data();
  const int opened = ares_init_options(&channel_, &options,
                                       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                           ARES_OPT_NDOTS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
                                           ARES_OPT_EDNSPSZ | ARES_OPT_RESOLVCONF);
  if (opened != ARES_SUCCESS) return opened;
  ares_set_socket_functions(channel_, &kFunctions, &calls_);
  return asks_servers_ ? ares_set_servers_ports_csv(channel_, manner.servers) : ARES_SUCCESS;
}

/// \return false when the limit is reached
bool Channel::wait_once() {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto bits =
      static_cast<unsigned>(ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM));
  std::array<pollfd, ARES_GETSOCK_MAXNUM> entries{};
  nfds_t count = 0;
  for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    const bool readable = (bits & (1U << i)) != 0;
    const bool writable = (bits & (1U << (i + ARES_GETSOCK_MAXNUM))) != 0;
    if (!readable && !writable) continue;
    const int events = (readable ? POLLIN : 0) | (writable ? POLLOUT : 0);
    entries[count++] = {.fd = sockets[i], .events = static_cast<short>(events), .revents = 0};
  }
  const std::int64_t left = end_ == kNever ? INT32_MAX : end_ - now_ms();
  if (left <= 0) return false;
  timeval most{.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
  const timeval* wait = ares_timeout(channel_, &most, &most);
  const auto milliseconds = static_cast<int>(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000);
  if (calls_.poll(entries.data(), count, milliseconds) < 0 && errno != EINTR) return false;
  for (const pollfd& entry : std::span(entries).first(count)) {
    const bool failed = (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    const bool reads = failed || (entry.revents & POLLIN) != 0;
    const bool writes = (entry.events & POLLOUT) != 0 && (failed || (entry.revents & POLLOUT) != 0);
    if (!reads && !writes) continue;
    ares_process_fd(channel_, reads ? entry.fd : ARES_SOCKET_BAD,
                    writes ? entry.fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // the timeouts
  return true;
}

void Channel::run(const bool& done) {
  while (!done) {
    if (!wait_once()) ares_cancel(channel_);
  }
}

/// What the callbacks fill.
template <class Result>
struct Question {
  bool done = false;
  int status = ARES_ENOTINITIALIZED;
  Result* result = nullptr;
};

void copy_name(const char* from, std::array<char, kMaxName>& to) {
  if (from != nullptr) std::snprintf(to.data(), to.size(), "%s", from);
}

/// \return false when it is neither an IPv4 nor an IPv6 address
bool read_address(const ares_addrinfo_node& node, Address& address) {
  address.family = node.ai_family;
  if (node.ai_family == AF_INET && node.ai_addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in found;
    std::memcpy(&found, node.ai_addr, sizeof found);
    std::memcpy(address.octets.data(), &found.sin_addr, sizeof found.sin_addr);
    return true;
  }
  if (node.ai_family == AF_INET6 && node.ai_addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 found;
    std::memcpy(&found, node.ai_addr, sizeof found);
    std::memcpy(address.octets.data(), &found.sin6_addr, sizeof found.sin6_addr);
    return true;
  }
  return false;
}

void take_addresses(void* argument, int status, int, ares_addrinfo* list) {
  auto& question = *static_cast<Question<Findings>*>(argument);
  question.done = true;
  question.status = status;
  if (list == nullptr) return;
  Findings& findings = *question.result;
  for (const ares_addrinfo_node* node = list->nodes; node != nullptr; node = node->ai_next) {
    if (findings.count == kMaxAddresses) break;
    if (read_address(*node, findings.addresses[findings.count])) ++findings.count;
  }
  const ares_addrinfo_cname* alias = list->cnames;
  while (alias != nullptr && alias->next != nullptr) alias = alias->next;
  copy_name(alias != nullptr && alias->name != nullptr ? alias->name : list->name,
            findings.canonical);
  ares_freeaddrinfo(list);
}

void take_name(void* argument, int status, int, hostent* host) {
  auto& question = *static_cast<Question<std::array<char, kMaxName>>*>(argument);
  question.done = true;
  question.status = status;
  if (host != nullptr) copy_name(host->h_name, *question.result);
}

/// What the answer means. That a file does not know the name says nothing about the network.
int outcome(const Channel& channel, int status) {
  if (status == ARES_ENOTFOUND && !channel.asks_servers()) return EAI_AGAIN;
  return translate(status);
}

int find_addresses(const Calls& calls, const Manner& manner, const char* name, int family,
                   Findings& findings) {
  const lib::NoCancel no_cancel;
  Channel channel(calls, manner);
  if (channel.status() != ARES_SUCCESS) return translate(channel.status());
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT | ARES_AI_CANONNAME;  // libzsock sorts
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  Question<Findings> question{.result = &findings};
  ares_getaddrinfo(channel.get(), name, nullptr, &hints, take_addresses, &question);
  channel.run(question.done);
  if (question.status == ARES_SUCCESS && findings.count == 0) return EAI_NODATA;
  return outcome(channel, question.status);
}

int find_name(const Calls& calls, const Manner& manner, const Address& address,
              std::array<char, kMaxName>& name) {
  const lib::NoCancel no_cancel;
  Channel channel(calls, manner);
  if (channel.status() != ARES_SUCCESS) return translate(channel.status());
  const int size = address.family == AF_INET ? 4 : 16;
  Question<std::array<char, kMaxName>> question{.result = &name};
  ares_gethostbyaddr(channel.get(), address.octets.data(), size, address.family, take_name,
                     &question);
  channel.run(question.done);
  return outcome(channel, question.status);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int zsock_resolver_addresses(
    const Calls* calls, const Manner* manner, const char* name, int family,
    Findings* findings) try {
  return find_addresses(*calls, *manner, name, family, *findings);
} catch (...) {
  return EAI_MEMORY;
}

extern "C" __attribute__((visibility("default"))) int zsock_resolver_name(
    const Calls* calls, const Manner* manner, const Address* address,
    std::array<char, kMaxName>* name) try {
  return find_name(*calls, *manner, *address, *name);
} catch (...) {
  return EAI_MEMORY;
}

}  // namespace zsock::resolver
