#include "tests/resolver/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace zsock::test {
namespace {

template <class T>
sockaddr* generic(T& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

bool receive_all(int fd, char* to, std::size_t size) {
  return ::recv(fd, to, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

}  // namespace

DnsServer::DnsServer(Answerer answerer)
    : answerer_(std::move(answerer)),
      datagrams_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  const bool ready = ::bind(datagrams_.get(), generic(here), size) == 0 &&
                     ::getsockname(datagrams_.get(), generic(here), &size) == 0 &&
                     ::bind(listener_.get(), generic(here), size) == 0 &&
                     ::listen(listener_.get(), 8) == 0;
  if (!ready) throw std::runtime_error("no port for the name server");
  port_ = ntohs(here.sin_port);
  thread_ = std::jthread([this] { run(); });
}

DnsServer::~DnsServer() {
  ::eventfd_write(stop_.get(), 1);
}

std::string DnsServer::name() const {
  return "127.0.0.1:" + std::to_string(port_);
}

std::vector<DnsQuery> DnsServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void DnsServer::run() {
  for (;;) {
    std::array<pollfd, 3> entries{
        {{datagrams_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    ::poll(entries.data(), entries.size(), -1);
    if (entries[2].revents != 0) return;
    if (entries[0].revents != 0) serve_datagram();
    if (entries[1].revents != 0) serve_stream();
  }
}

void DnsServer::serve_datagram() {
  std::array<char, 2048> buffer{};
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const ssize_t got =
      ::recvfrom(datagrams_.get(), buffer.data(), buffer.size(), 0, generic(peer), &size);
  if (got < 0) return;
  for (const std::string& message : answer({buffer.data(), static_cast<std::size_t>(got)}, false)) {
    ::sendto(datagrams_.get(), message.data(), message.size(), 0, generic(peer), size);
  }
}

void DnsServer::serve_stream() {
  const ipc::Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 2048> buffer{};
  if (!receive_all(connection.get(), buffer.data(), 2)) return;
  const auto high = static_cast<unsigned char>(buffer[0]);
  const std::size_t length =
      static_cast<std::size_t>(high) << 8U | static_cast<unsigned char>(buffer[1]);
  if (length > buffer.size() || !receive_all(connection.get(), buffer.data(), length)) return;
  for (const std::string& message : answer({buffer.data(), length}, true)) {
    const std::string whole =
        std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
        message;
    ::send(connection.get(), whole.data(), whole.size(), MSG_NOSIGNAL);
  }
}

std::vector<std::string> DnsServer::answer(std::string_view message, bool over_tcp) {
  auto query = parse_query(message);
  if (!query) return {};
  query->over_tcp = over_tcp;
  const std::lock_guard lock(mutex_);
  asked_.push_back(*query);
  return answerer_(*query);
}

}  // namespace zsock::test
