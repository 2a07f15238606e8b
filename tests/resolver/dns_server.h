#pragma once
/// \file
/// A name server on the kernel's loopback, in a thread of the test: UDP and TCP on one port.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libzsock/ipc/channel.h"
#include "tests/resolver/dns_message.h"

namespace zsock::test {

class DnsServer {
 public:
  /// What to send back: any number of datagrams, or the stream's messages.
  using Answerer = std::function<std::vector<std::string>(const DnsQuery&)>;
  explicit DnsServer(Answerer answerer);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  /// "127.0.0.1:PORT"
  [[nodiscard]] std::string name() const;
  /// Questions so far, in order.
  [[nodiscard]] std::vector<DnsQuery> asked() const;

 private:
  void run();
  void serve_datagram();
  void serve_stream();
  std::vector<std::string> answer(std::string_view message, bool over_tcp);

  Answerer answerer_;
  ipc::Fd datagrams_;
  ipc::Fd listener_;
  ipc::Fd stop_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<DnsQuery> asked_;
  std::jthread thread_;
};

}  // namespace zsock::test
