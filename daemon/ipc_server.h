#pragma once
/// \file
/// IpcServer: the control socket. Accepts clients, reads who they are, carries requests to their
/// sessions and replies back. Where there are several shards the first one's has the door; the
/// others' get clients that have named them.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/closer.h"
#include "daemon/os.h"
#include "daemon/service.h"
#include "daemon/session.h"
#include "libzsock/ipc/channel.h"

namespace zsock::host {

class IpcServer {
 public:
  /// Takes the path: locks it, replaces a socket that nobody serves, listens with mode 0660. Throws
  /// StartError (EX_TEMPFAIL: a live daemon has it; EX_CANTCREAT, EX_NOPERM).
  /// \param io, service  outlive the server. Who comes is io's affair; the descriptors of those who
  /// are here are watched by the service, with their numbers as keys.
  IpcServer(boost::asio::io_context& io, Service& service, const std::string& path);
  /// Without a door.
  IpcServer(boost::asio::io_context& io, Service& service);
  ~IpcServer();
  IpcServer(const IpcServer&) = delete;
  IpcServer& operator=(const IpcServer&) = delete;

  /// Something has happened to a descriptor. False: it is no client's.
  bool note(int fd);
  /// Accepts who is waiting and answers requests that have come, a bounded number of each. True:
  /// there is more.
  bool serve(Instant now);
  /// A client that another shard's server has let in, and its request.
  void take_over(ClientMail mail, Instant now);
  /// No new clients from now on.
  void stop_accepting();
  /// Requests answered so far.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection;
  enum class Outcome { answered, empty, moved, over };

  void await_client();
  bool accept_clients();
  void refuse_client();
  void admit(ipc::Fd fd);
  bool answer_requests(int key, Instant now, Instant end);
  Outcome answer_one(Connection& connection, Instant now);
  Outcome answer(Connection& connection, const ipc::Request& request, ipc::Incoming& incoming,
                 Instant now);
  std::optional<unsigned> shard_for(const Connection& connection, const ipc::Request& request);
  Outcome hand_over(Connection& connection, const ipc::Request& request, ipc::Fd passed,
                    unsigned shard);
  static bool reply(Connection& connection, const Answer& answer);
  void drop_unwelcome();
  void drop(int key);
  void hang_up(ipc::Fd fd);

  Service* service_;
  Closer closer_{};
  std::vector<ipc::Fd> excess_ = std::vector<ipc::Fd>(ipc::kScmMaxFds);  ///< of a request
  std::string path_{};  ///< of the socket; empty: no door
  std::optional<LockFile> lock_{};
  boost::asio::posix::stream_descriptor listener_;
  ipc::Fd reserve_;  ///< closed for a moment when there is no descriptor left
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  ///< by descriptor
  bool client_waits_ = false;
  std::uint64_t answered_ = 0;
  unsigned next_shard_ = 0;     ///< for a client that has named none
  std::vector<int> asking_{};   ///< descriptors that are readable
  std::vector<int> serving_{};  ///< those of this turn
  std::uint64_t cut_offs_ = 0;  ///< of the service, that connections were looked through for
};

}  // namespace zsock::host
