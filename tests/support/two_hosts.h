#pragma once
/// \file
/// Two stacks on a LinkSim with applications, and the loop that runs them in virtual time: it jumps
/// to the earliest deadline and checks every invariant after every event.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/apps.h"
#include "tests/support/link_sim.h"

namespace zsock::test {

struct HostOptions {
  StackConfig stack{};
  std::uint16_t mtu = 1500;
  std::uint32_t max_segmentation = 0;  ///< as net::InterfaceConfig
  bool datagram_segmentation = false;  ///< as net::InterfaceConfig
  RingSizes rings{};                   ///< of sockets that say nothing else
  /// With every event the stack learns what was read, as from zsockd; else only where it asks.
  bool tells_reading = false;
};

/// A listening socket. Spare rings are offered, and children accepted, by the host.
struct ListenerApp {
  SocketId id{};
  RingSizes rings{};
  bool accepting = true;  ///< false: children stay in the stack's accept queue
  TcpApp* spare = nullptr;
  std::vector<TcpApp*> children{};  ///< accepted, oldest first
};

class Host {
 public:
  Host(Side side, const HostOptions& options, std::uint64_t seed, const Instant& now);

  Stack& stack() { return stack_; }
  [[nodiscard]] const Stack& stack() const { return stack_; }
  [[nodiscard]] wire::IpAddress address(wire::Family family) const;
  [[nodiscard]] InterfaceId interface() const { return interface_; }

  /// Sockets; the host keeps them to its end.
  TcpApp& open_tcp(wire::Family family);
  TcpApp& connect(const wire::Endpoint& remote);
  ListenerApp& listen(const wire::Endpoint& local, std::size_t backlog);
  UdpApp& open_udp(wire::Family family) { return open_datagram(SocketKind::udp, family); }
  UdpApp& open_datagram(SocketKind kind, wire::Family family);
  void close(ListenerApp& listener);
  /// Accepts what waits, if the listener is accepting, and offers spare rings.
  void serve(ListenerApp& listener);

  /// Takes the stack's events. Returns how many there were.
  std::size_t handle_events();
  /// All rings have been given back, no socket is left.
  [[nodiscard]] bool at_rest() const;

 private:
  void handle(const SocketEvent& event);
  TcpApp& add_app(const RingSizes& sizes);

  Side side_;
  const Instant* now_;
  HostOptions options_;
  SeededRng rng_;
  Stack stack_;
  InterfaceId interface_{};
  Owner last_owner_ = 0;
  std::map<Owner, std::unique_ptr<TcpApp>> tcp_{};
  std::map<Owner, std::unique_ptr<UdpApp>> udp_{};
  std::map<Owner, std::unique_ptr<ListenerApp>> listeners_{};
};

struct TwoHostsOptions {
  std::uint64_t seed = 1;
  LinkOptions link{};
  HostOptions left{};
  HostOptions right{};
  unsigned check_every = 1;  ///< invariants after every so many events
};

/// Options for tests: no duplicate address detection, small tables.
[[nodiscard]] HostOptions quick_host();

class TwoHosts {
 public:
  explicit TwoHosts(const TwoHostsOptions& options);
  /// Writes the frames to a file when the test has failed.
  ~TwoHosts();
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  Host& left() { return left_; }
  Host& right() { return right_; }
  LinkSim& link() { return link_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] wire::Endpoint right_endpoint(wire::Family family, std::uint16_t port) const {
    return {right_.address(family), port, 0};
  }

  /// Calls `action` at that time, once.
  void at(Instant when, std::function<void()> action);
  /// Calls `agent` after every event.
  void add_agent(std::function<void()> agent) { agents_.push_back(std::move(agent)); }

  /// Runs until `done`, asked after every event, or for `limit` of virtual time. True: done.
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration time);
  [[nodiscard]] std::uint64_t events() const { return events_; }

  /// The frames so far, to a file in the test's temporary directory; its name.
  [[nodiscard]] std::string write_trace() const;

 private:
  void settle();
  bool pump(Host& host, Side side);
  [[nodiscard]] std::optional<Instant> next_event() const;
  void run_events();
  void check();

  TwoHostsOptions options_;
  bool failed_before_;  ///< another seed of the same test
  Instant now_;
  LinkSim link_;
  Host left_;
  Host right_;
  std::multimap<Instant, std::function<void()>> actions_{};
  std::vector<std::function<void()>> agents_{};
  std::uint64_t events_ = 0;
  std::uint64_t events_at_now_ = 0;  ///< without time passing: the sign of a busy loop
};

}  // namespace zsock::test
