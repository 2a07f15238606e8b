#pragma once
/// \file
/// RawClient: the client's side of docs/ipc.md written down a second time, as plainly as possible,
/// with nothing to keep it from breaking the rules.

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/shared_memory.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/layout.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host::test {

/// What came back: error ECONNABORTED stands for "cut off".
struct Response {
  ipc::Reply reply{};
  std::vector<ipc::Fd> fds{};
};

using Transport = std::function<Response(const ipc::Request&)>;
/// Requests through a control socket. Aborts the test program when it cannot connect.
Transport connect_to(const std::string& path);

/// A mapping of a descriptor.
class Mapping {
 public:
  Mapping(int fd, std::size_t size, int protection);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void* data_;
  std::size_t size_;
};

struct RawSocket {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  ipc::Fd fd{};
  unsigned shard = 0;  ///< of an accepted one
};

ipc::Address address4(std::array<std::uint8_t, 4> octets, std::uint16_t port);
inline ipc::Address loopback(std::uint16_t port) {
  return address4({127, 0, 0, 1}, port);
}

class RawClient {
 public:
  /// Says hello.
  explicit RawClient(Transport transport) : RawClient(std::move(transport), ipc::Request{}) {}
  /// In a shard of zsockd's. \param ticket  of its arena in another shard; the second of two
  /// clients with one ticket is the same process to zsockd
  RawClient(Transport transport, unsigned shard, const ipc::ArenaTicket* ticket = nullptr);

  ipc::Reply ask(const ipc::Request& request);
  /// The errno of a call on a socket.
  int call(ipc::Op op, const RawSocket& socket, std::int32_t a = 0,
           const ipc::Address& address = {});
  /// Op::stream; a descriptor in the answer takes the place of the socket's.
  int stream(RawSocket& socket);
  RawSocket open(int family = 4, int type = 1);
  int bind(const RawSocket& socket, const ipc::Address& address);
  int connect(const RawSocket& socket, const ipc::Address& address);
  int listen(const RawSocket& socket, int backlog);
  /// Sends the plug that makes a descriptor unwritable.
  static void plug(const RawSocket& socket);
  /// Takes a connection; fd invalid: none there.
  /// \param others  the same process in other shards
  RawSocket accept(const RawSocket& listener, std::initializer_list<RawClient*> others = {});
  [[nodiscard]] unsigned shard() const { return status_area().page.shard; }

  [[nodiscard]] ipc::StatusSlot& status(const RawSocket& socket) const;
  [[nodiscard]] ipc::AppSlot& app(const RawSocket& socket) const;
  [[nodiscard]] ipc::StatusArea& status_area() const;
  [[nodiscard]] ipc::DataArea& data_area() const;
  [[nodiscard]] std::uint32_t flags(const RawSocket& socket) const;
  [[nodiscard]] int doorbell() const { return doorbell_.get(); }
  void ring_doorbell() const;
  [[nodiscard]] int status_fd() const { return status_fd_.get(); }
  [[nodiscard]] int data_fd() const { return data_fd_.get(); }
  [[nodiscard]] const ipc::ArenaTicket& ticket() const { return ticket_; }

  /// Marks the socket dirty and rings if zsockd sleeps.
  void mark(const RawSocket& socket);
  /// Writes what there is room for; returns how much that was.
  std::size_t write(const RawSocket& socket, std::string_view bytes);
  /// Reads what is there. Takes the token as docs/ipc.md says.
  std::string read(const RawSocket& socket);
  std::byte* ring(const ipc::RingPlace& place);

 private:
  RawClient(Transport transport, ipc::Request hello);

  Transport transport_;
  std::uint32_t sequence_ = 0;
  std::vector<ipc::Fd> renewed_{};  ///< descriptors of sockets that began anew
  ipc::Fd status_fd_{};
  ipc::Fd data_fd_{};
  ipc::Fd doorbell_{};
  ipc::ArenaTicket ticket_{};
  std::unique_ptr<Mapping> status_{};
  std::unique_ptr<Mapping> data_{};
  std::vector<std::unique_ptr<Mapping>> segments_{};
};

/// poll() without waiting: POLLIN, POLLOUT, POLLRDHUP, POLLERR, POLLHUP.
short poll_now(int fd);

}  // namespace zsock::host::test
