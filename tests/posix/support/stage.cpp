#include "tests/posix/support/stage.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;

Stage* only = nullptr;

void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what + ": " + std::strerror(errno));
}

void write_setting(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/" + name);
  file << value << std::flush;
  require(file.good(), name);
}

/// The user's end of a TAP.
int open_tap(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  require(fd >= 0 && ::ioctl(fd, TUNSETIFF, &request) == 0, "a TAP");
  return fd;
}

/// The kernel's end of a TAP.
int open_packet_socket(const char* name) {
  const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
  // if_nametoindex() may be the shim's.
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  require(fd >= 0 && ::ioctl(fd, SIOCGIFINDEX, &request) == 0, name);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = request.ifr_ifindex;
  require(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "a packet socket");
  return fd;
}

/// $ZSOCK_PORTS; empty: not set.
std::vector<std::string> port_range() {
  const char* text = std::getenv("ZSOCK_PORTS");
  std::istringstream words(text == nullptr ? "" : text);
  std::vector<std::string> range(2);
  words >> range[0] >> range[1];
  return words ? range : std::vector<std::string>{};
}

std::vector<std::string> daemon_arguments(const std::string& socket_path) {
  // Without offload: the peer by hand sees what is on a wire, not what a device is still to cut.
  std::vector<std::string> arguments{ZSOCKD_PATH,          "--device",     "tap:zs0,offload=off",
                                     "--address",          "192.0.2.1/24", "--address",
                                     "2001:db8::1/64",     "--socket",     socket_path,
                                     "--log-level",        "warn",         "--set",
                                     "net.dad_transmits=0"};
  const char* const shards = std::getenv("ZSOCK_TEST_SHARDS");
  const std::string more =
      shards == nullptr ? "tcp.fast_open=both" : std::string("host.shards=") + shards;
  arguments.insert(arguments.end(), {"--set", more});
  const auto ports = port_range();
  if (!ports.empty()) {
    for (const std::string& setting : {"ports.first=" + ports[0], "ports.last=" + ports[1]}) {
      arguments.insert(arguments.end(), {"--set", setting});
    }
  }
  return arguments;
}

pid_t spawn(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  return child;
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

std::string_view under_test() {
  const char* name = std::getenv("ZSOCK_UNDER_TEST");
  return name == nullptr ? "kernel" : name;
}

}  // namespace

bool is_zsockd() {
  return under_test() == "zsockd" || is_shim();
}

bool is_shim() {
  return under_test() == "shim";
}

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Stage::Stage() {
  // A shim, if there is one, is in this process already; nobody else needs it.
  ::unsetenv("LD_PRELOAD");
  require(shell("ip link set lo up") == 0, "the loopback");
  if (is_zsockd()) {
    start_zsockd();
  } else {
    start_kernel();
  }
  only = this;
}

void Stage::start_kernel() {
  wire_ = open_tap("zs0");
  require(shell("ip addr add 192.0.2.1/24 brd + dev zs0 && "
                "ip addr add 2001:db8::1/64 dev zs0 nodad && ip link set zs0 up && "
                "ip route add 224.0.0.0/4 dev zs0") == 0,
          "the addresses");
  const auto ports = port_range();
  if (!ports.empty()) write_setting("ipv4/ip_local_port_range", ports[0] + " " + ports[1]);
  write_setting("ipv4/tcp_fastopen", "3");  // for clients and servers that ask
}

void Stage::start_zsockd() {
  std::string directory = "/tmp/zsock-posix-XXXXXX";
  require(::mkdtemp(directory.data()) != nullptr, "mkdtemp");
  directory_ = directory;
  const std::string socket_path = directory_ + "/zsockd.sock";
  ::setenv("ZSOCKD_SOCKET", socket_path.c_str(), 1);
  daemon_ = spawn(daemon_arguments(socket_path));
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!exists(socket_path)) {
    require(std::chrono::steady_clock::now() < end, "zsockd does not serve");
    std::this_thread::sleep_for(5ms);
  }
  // Programs of other users are part of the tests.
  require(::chmod(directory_.c_str(), 0755) == 0 && ::chmod(socket_path.c_str(), 0666) == 0,
          socket_path);
  // The kernel stays out of it: no address, no IPv6.
  write_setting("ipv6/conf/zs0/disable_ipv6", "1");
  require(shell("ip link set zs0 arp off up") == 0, "the kernel's end of the TAP");
  wire_ = open_packet_socket("zs0");
}

bool Stage::finish() {
  if (daemon_ <= 0) return true;
  ::kill(daemon_, SIGTERM);
  int status = 0;
  ::waitpid(daemon_, &status, 0);
  daemon_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Stage::~Stage() {
  finish();
  ::close(wire_);
  if (!directory_.empty()) shell("rm -rf " + directory_);
  only = nullptr;
}

Stage& Stage::instance() {
  return *only;
}

}  // namespace zsock::posix
