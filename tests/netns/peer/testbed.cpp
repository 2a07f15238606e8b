#include "tests/netns/peer/testbed.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "tests/netns/drivers/xdp_support.h"

namespace zsock::testing {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool wait_until(Condition condition) {
  for (int tries = 0; tries < 500; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

Name make_name(Family family, const char* v4, const char* v6, std::uint16_t port) {
  Name name;
  if (family == Family::v4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, v4, &address.sin_addr);
    std::memcpy(&name.storage, &address, sizeof address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    inet_pton(AF_INET6, v6, &address.sin6_addr);
    std::memcpy(&name.storage, &address, sizeof address);
  }
  return name;
}

/// The device that ZSOCK_TEST_DEVICE asks for, `tap`, `plain`, `packet` or `xdp`; its other end is,
/// or becomes, zs0.
std::string make_cable() {
  const char* variable = std::getenv("ZSOCK_TEST_DEVICE");
  const std::string wish = variable == nullptr ? "tap" : variable;
  if (wish == "tap") return "tap:zs0";
  if (wish == "plain") return "tap:zs0,offload=off";
  if (shell("ip link add zs0 type veth peer name zs1") != 0) {
    throw std::runtime_error("a veth pair cannot be made");
  }
  if (wish == "packet") return "packet:zs1";
  if (!complete_frames("zs0")) throw std::runtime_error("offload of zs0 cannot be switched off");
  return "xdp:zs1";
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

bool Testbed::possible() {
  const char* inside = std::getenv("ZSOCK_NAMESPACE");
  if (inside == nullptr || std::strcmp(inside, "inside") != 0) return false;
  const char* device = std::getenv("ZSOCK_TEST_DEVICE");
  if (device == nullptr || std::strcmp(device, "xdp") != 0) return true;
  const std::string why = why_no_xdp();
  if (!why.empty()) std::fprintf(stderr, "%s\n", why.c_str());
  return why.empty();
}

Testbed::Testbed(const std::vector<std::string>& extra) {
  std::string directory = "/tmp/zsock-test-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = directory;
  socket_path_ = directory_ + "/zsockd.sock";
  ::setenv("ZSOCKD_SOCKET", socket_path_.c_str(), 1);

  const std::string device = make_cable();
  std::vector<std::string> arguments{
      ZSOCKD_PATH,      "--device", device,       "--address",   "192.0.2.1/24", "--address",
      "2001:db8::1/64", "--socket", socket_path_, "--log-level", "warn"};
  if (const char* shards = std::getenv("ZSOCK_TEST_SHARDS")) {
    arguments.insert(arguments.end(), {"--set", std::string("host.shards=") + shards});
  }
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  daemon_ = ::fork();
  if (daemon_ == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  const auto serving = [&] {
    struct stat info {};
    return ::stat(socket_path_.c_str(), &info) == 0;
  };
  if (!wait_until(serving)) throw std::runtime_error("zsockd does not serve");
  if (shell("ip link set lo up && ip addr add 192.0.2.2/24 dev zs0 && ip addr add 2001:db8::2/64 "
            "dev zs0 nodad "
            "&& ip link set zs0 up") != 0) {
    throw std::runtime_error("the kernel's end of the TAP cannot be set up");
  }
  // The kernel may take a second before it passes frames; our addresses pass duplicate address
  // detection.
  const auto answers = [] {
    return shell("ping -c1 -W1 192.0.2.1 >/dev/null && ping -6 -c1 -W1 2001:db8::1 >/dev/null") ==
           0;
  };
  if (!wait_until(answers)) throw std::runtime_error("zsockd does not answer ping");
}

Testbed::~Testbed() {
  if (daemon_ > 0) terminate_daemon();
  shell("ip link del zs0 2>/dev/null");  // a TAP is gone already
  shell("rm -rf " + directory_);
}

void Testbed::kill_daemon() {
  ::kill(daemon_, SIGKILL);
  ::waitpid(daemon_, nullptr, 0);
  daemon_ = -1;
}

int Testbed::terminate_daemon() {
  ::kill(daemon_, SIGTERM);
  int status = 0;
  ::waitpid(daemon_, &status, 0);
  daemon_ = -1;
  return exit_status(status);
}

int Testbed::await_end() {
  int status = 0;
  if (!wait_until([&] { return ::waitpid(daemon_, &status, WNOHANG) == daemon_; })) return -1;
  daemon_ = -1;
  return exit_status(status);
}

const sockaddr* Name::get() const {
  return reinterpret_cast<const sockaddr*>(&storage);
}
socklen_t Name::length() const {
  return storage.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

Name zsock_name(Family family, std::uint16_t port) {
  return make_name(family, "192.0.2.1", "2001:db8::1", port);
}
Name kernel_name(Family family, std::uint16_t port) {
  return make_name(family, "192.0.2.2", "2001:db8::2", port);
}
Name any_name(Family family, std::uint16_t port) {
  return make_name(family, "0.0.0.0", "::", port);
}

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<char> pattern(std::size_t size, std::size_t from) {
  std::vector<char> octets(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t position = from + i;
    octets[i] = static_cast<char>(position * 31 + (position >> 8) * 7 + (position >> 16));
  }
  return octets;
}

}  // namespace zsock::testing
