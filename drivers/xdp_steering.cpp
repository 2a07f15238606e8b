#include "drivers/xdp_steering.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/ethernet.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "drivers/interface.h"

namespace zsock::drivers {
namespace {

constexpr std::uint32_t kQueues = 256;
constexpr std::uint16_t kServiceTag = 0x88a8;  // IEEE 802.1ad

enum Register : std::uint8_t { r0, r1, r2, r3, r4, r5 };

constexpr bpf_insn instruction(unsigned code, unsigned to, unsigned from, std::int16_t offset,
                               std::int32_t value) {
  return {.code = static_cast<std::uint8_t>(code),
          .dst_reg = static_cast<std::uint8_t>(to & 0xfU),
          .src_reg = static_cast<std::uint8_t>(from & 0xfU),
          .off = offset,
          .imm = value};
}
constexpr bpf_insn load(unsigned size, Register to, Register from, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | size, to, from, static_cast<std::int16_t>(offset), 0);
}
constexpr bpf_insn move(Register to, Register from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn set(Register to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn add(Register to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn jump(unsigned condition, Register left, std::int32_t right, int distance) {
  return instruction(BPF_JMP32 | BPF_K | condition, left, 0, static_cast<std::int16_t>(distance),
                     right);
}
constexpr bpf_insn call(std::int32_t helper) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
constexpr bpf_insn leave() {
  return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/// \param sockets  descriptor of the map of sockets
auto program_for(const wire::MacAddr& mac, int sockets) {
  std::int32_t first4 = 0;  // as the processor loads them
  std::uint16_t last2 = 0;
  std::memcpy(&first4, mac.octets.data(), sizeof first4);
  std::memcpy(&last2, mac.octets.data() + sizeof first4, sizeof last2);
  constexpr int kPass = 19;  // where the program leaves the frame to the kernel
  return std::array<bpf_insn, 21>{{
      /*  0 */ load(BPF_W, r5, r1, offsetof(xdp_md, rx_queue_index)),
      /*  1 */ load(BPF_W, r2, r1, offsetof(xdp_md, data)),
      /*  2 */ load(BPF_W, r3, r1, offsetof(xdp_md, data_end)),
      /*  3 */ move(r4, r2),
      /*  4 */ add(r4, ETH_HLEN),
      /*  5 */ instruction(BPF_JMP | BPF_JGT | BPF_X, r4, r3, kPass - 6, 0),
      /*  6 */ load(BPF_W, r4, r2, 0),
      /*  7 */ jump(BPF_JNE, r4, first4, kPass - 8),
      /*  8 */ load(BPF_H, r4, r2, 4),
      /*  9 */ jump(BPF_JNE, r4, last2, kPass - 10),
      /* 10 */ load(BPF_H, r4, r2, 12),
      /* 11 */ jump(BPF_JEQ, r4, htons(ETHERTYPE_VLAN), kPass - 12),
      /* 12 */ jump(BPF_JEQ, r4, htons(kServiceTag), kPass - 13),
      /* 13 */ instruction(BPF_LD | BPF_DW | BPF_IMM, r1, BPF_PSEUDO_MAP_FD, 0, sockets),
      /* 14 */ instruction(0, 0, 0, 0, 0),  // its other half
      /* 15 */ move(r2, r5),
      /* 16 */ set(r3, XDP_PASS),  // where there is no socket for the queue
      /* 17 */ call(BPF_FUNC_redirect_map),
      /* 18 */ leave(),
      /* 19 */ set(r0, XDP_PASS),
      /* 20 */ leave(),
  }};
}

OpenError refusal(const std::string& name, const std::string& what) {
  switch (errno) {
    case EPERM:
    case EACCES:
      return OpenError{"no permission to open xdp:" + name +
                       ": needs CAP_NET_ADMIN and CAP_BPF of the whole machine"};
    case EBUSY:
    case EEXIST:
      return OpenError{"interface " + name + " has another XDP program"};
    default:
      return failure("xdp:" + name + ": " + what);
  }
}

}  // namespace

Result<XdpSteering, OpenError> XdpSteering::attach(int index, const std::string& name,
                                                   const wire::MacAddr& mac, Place place) {
  UniqueFd sockets(::bpf_map_create(BPF_MAP_TYPE_XSKMAP, "zsockd", sizeof(std::uint32_t),
                                    sizeof(std::uint32_t), kQueues, nullptr));
  if (!sockets) return Err{refusal(name, "the kernel has no map of AF_XDP sockets")};
  const auto code = program_for(mac, sockets.get());
  bpf_prog_load_opts load_options{};
  load_options.sz = sizeof(load_options);
  load_options.expected_attach_type = BPF_XDP;
  const UniqueFd program(
      ::bpf_prog_load(BPF_PROG_TYPE_XDP, "zsockd", "", code.data(), code.size(), &load_options));
  if (!program) return Err{refusal(name, "the kernel does not take the steering program")};
  bpf_link_create_opts link_options{};
  link_options.sz = sizeof(link_options);
  link_options.flags = place == Place::driver ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  UniqueFd link(::bpf_link_create(program.get(), index, BPF_XDP, &link_options));
  if (!link) return Err{refusal(name, "the steering program cannot be attached")};
  return XdpSteering(std::move(sockets), std::move(link));
}

Status<std::error_code> XdpSteering::deliver(std::uint32_t queue, int socket) const {
  if (::bpf_map_update_elem(sockets_.get(), &queue, &socket, BPF_ANY) == 0) return {};
  return Err{last_error()};
}

}  // namespace zsock::drivers
