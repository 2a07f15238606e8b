#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "libzsock/zephyr/address.h"
#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

struct ZephyrTransfer : testing::Test {
  NiceMock<FakeNative> native;
  std::array<char, 16> buffer{};
  net_sockaddr_storage source{};
  net_socklen_t size = sizeof source;
};

sockaddr_in6 host_ipv6() {
  sockaddr_in6 host{};
  host.sin6_family = AF_INET6;
  host.sin6_port = htons(9);
  return host;
}

TEST_F(ZephyrTransfer, SendingNeverRaisesSigpipe) {
  EXPECT_CALL(native, send(3, _, 16, MSG_NOSIGNAL | MSG_DONTWAIT)).WillOnce(Return(16));
  EXPECT_EQ(zsock_send(3, buffer.data(), 16, ZSOCK_MSG_DONTWAIT), 16);
  EXPECT_CALL(native, sendmsg(3, _, MSG_NOSIGNAL)).WillOnce(Return(16));
  net_iovec piece{buffer.data(), 16};
  net_msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EXPECT_EQ(zsock_sendmsg(3, &message, 0), 16);
}

TEST_F(ZephyrTransfer, AStreamWithoutConnectionIsEnotconn) {
  EXPECT_CALL(native, send).WillRepeatedly(FailsWith(EPIPE));
  EXPECT_CALL(native, getpeername).WillOnce(FailsWith(ENOTCONN)).WillOnce(Return(0));
  EXPECT_EQ(zsock_send(3, buffer.data(), 1, 0), -1);
  EXPECT_EQ(errno, ENOTCONN);
  EXPECT_EQ(zsock_send(3, buffer.data(), 1, 0), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(ZephyrTransfer, FlagsOfTheHostOnlyDoNotPass) {
  EXPECT_CALL(native, recv(3, _, 16, MSG_PEEK | MSG_WAITALL)).WillOnce(Return(0));
  EXPECT_EQ(zsock_recv(3, buffer.data(), 16, MSG_OOB | MSG_ERRQUEUE | MSG_PEEK | MSG_WAITALL), 0);
}

TEST_F(ZephyrTransfer, NothingToReceiveIsNothing) {
  EXPECT_CALL(native, recv).Times(0);
  EXPECT_EQ(zsock_recv(3, buffer.data(), 0, 0), 0);
}

TEST_F(ZephyrTransfer, ASourceWithoutRoomCostsTheDatagram) {
  EXPECT_CALL(native, recvfrom)
      .WillRepeatedly([](int, void*, size_t, int, sockaddr* a, socklen_t* s) {
        const sockaddr_in6 host = host_ipv6();
        std::memcpy(a, &host, sizeof host);
        *s = sizeof host;
        return ssize_t{5};
      });
  size = 23;
  EXPECT_EQ(zsock_recvfrom(3, buffer.data(), 16, 0, net_sad(&source), &size), -1);
  EXPECT_EQ(errno, EINVAL);
  size = 24;
  EXPECT_EQ(zsock_recvfrom(3, buffer.data(), 16, 0, net_sad(&source), &size), 5);
  EXPECT_EQ(source.ss_family, NET_AF_INET6);
  EXPECT_EQ(zsock_recvfrom(3, buffer.data(), 16, 0, net_sad(&source), nullptr), -1);
}

TEST_F(ZephyrTransfer, AStreamLeavesTheSourceAlone) {
  EXPECT_CALL(native, recvfrom).WillOnce([](int, void*, size_t, int, sockaddr*, socklen_t* s) {
    *s = 0;
    return ssize_t{5};
  });
  size = 2;
  EXPECT_EQ(zsock_recvfrom(3, buffer.data(), 16, 0, net_sad(&source), &size), 5);
  EXPECT_EQ(size, 2U);
}

TEST_F(ZephyrTransfer, SendtoTranslatesTheAddress) {
  net_sockaddr_in to{};
  to.sin_family = NET_AF_INET;
  EXPECT_CALL(native, sendto(3, _, 4, MSG_NOSIGNAL, _, sizeof(sockaddr_in)))
      .WillOnce([](int, const void*, size_t, int, const sockaddr* address, socklen_t) {
        EXPECT_EQ(address->sa_family, AF_INET);
        return ssize_t{4};
      });
  const auto* const address = static_cast<const net_sockaddr*>(static_cast<void*>(&to));
  EXPECT_EQ(zsock_sendto(3, "ping", 4, 0, address, sizeof to), 4);
  EXPECT_EQ(zsock_sendto(3, "ping", 4, 0, address, 5), -1);
  EXPECT_EQ(errno, EINVAL);
}

// What a message brings along, in the host's form.
ssize_t bring(msghdr* message) {
  const sockaddr_in6 host = host_ipv6();
  std::memcpy(message->msg_name, &host, sizeof host);
  message->msg_namelen = sizeof host;
  message->msg_flags = MSG_TRUNC | MSG_EOR;
  cmsghdr* item = CMSG_FIRSTHDR(message);
  const int ttl = 63;
  item->cmsg_level = IPPROTO_IP;
  item->cmsg_type = IP_TTL;
  item->cmsg_len = CMSG_LEN(sizeof ttl);
  std::memcpy(CMSG_DATA(item), &ttl, sizeof ttl);
  item = CMSG_NXTHDR(message, item);
  const in_pktinfo info{.ipi_ifindex = 2, .ipi_spec_dst = {}, .ipi_addr = {}};
  item->cmsg_level = IPPROTO_IP;
  item->cmsg_type = IP_PKTINFO;
  item->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(item), &info, sizeof info);
  message->msg_controllen = CMSG_SPACE(sizeof ttl) + CMSG_SPACE(sizeof info);
  return 7;
}

TEST_F(ZephyrTransfer, RecvmsgTranslatesAddressFlagsAndControl) {
  EXPECT_CALL(native, recvmsg(3, _, 0)).WillRepeatedly([](int, msghdr* m, int) {
    return bring(m);
  });
  alignas(8) std::array<unsigned char, 128> control{};
  net_iovec piece{buffer.data(), buffer.size()};
  net_msghdr message{};
  message.msg_name = &source;
  message.msg_namelen = sizeof source;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ASSERT_EQ(zsock_recvmsg(3, &message, 0), 7);
  EXPECT_EQ(message.msg_namelen, 24U);
  EXPECT_EQ(message.msg_flags, ZSOCK_MSG_TRUNC);
  net_cmsghdr* item = NET_CMSG_FIRSTHDR(&message);
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->cmsg_type, ZSOCK_IP_TTL);
  EXPECT_EQ(item->cmsg_len, NET_CMSG_LEN(4));
  int ttl = 0;
  std::memcpy(&ttl, NET_CMSG_DATA(item), sizeof ttl);
  EXPECT_EQ(ttl, 63);
  item = NET_CMSG_NXTHDR(&message, item);
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->cmsg_type, ZSOCK_IP_PKTINFO);
  net_in_pktinfo info{};
  std::memcpy(&info, NET_CMSG_DATA(item), sizeof info);
  EXPECT_EQ(info.ipi_ifindex, 2U);
  EXPECT_EQ(NET_CMSG_NXTHDR(&message, item), nullptr);

  message.msg_controllen = NET_CMSG_SPACE(4);
  ASSERT_EQ(zsock_recvmsg(3, &message, 0), 7);
  EXPECT_EQ(message.msg_flags, ZSOCK_MSG_TRUNC | ZSOCK_MSG_CTRUNC);
  EXPECT_EQ(message.msg_controllen, NET_CMSG_SPACE(4));
  message.msg_control = nullptr;
  message.msg_controllen = 100;
  ASSERT_EQ(zsock_recvmsg(3, &message, 0), 7);
  EXPECT_EQ(message.msg_controllen, 0U);
}

TEST_F(ZephyrTransfer, AMessageWithoutPiecesIsAnError) {
  net_msghdr message{};
  EXPECT_EQ(zsock_recvmsg(3, nullptr, 0), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(zsock_recvmsg(3, &message, 0), -1);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(zsock_sendmsg(3, nullptr, 0), -1);
  EXPECT_EQ(errno, EINVAL);
}

/// Appends one item of control data of Zephyr's form.
void append(std::vector<std::uint64_t>& words, net_msghdr& message, int level, int type,
            const void* data, std::size_t size) {
  const std::size_t before = message.msg_controllen;
  words.resize((before + NET_CMSG_SPACE(size)) / sizeof(std::uint64_t));
  message.msg_control = words.data();
  message.msg_controllen = before + NET_CMSG_SPACE(size);
  auto* const at = static_cast<unsigned char*>(message.msg_control) + before;
  const net_cmsghdr header{.cmsg_len = static_cast<std::uint32_t>(NET_CMSG_LEN(size)),
                           .cmsg_level = level,
                           .cmsg_type = type};
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + NET_CMSG_LEN(0), data, size);
}

TEST_F(ZephyrTransfer, ControlDataOfASendIsTranslated) {
  const int ttl = 9;
  const std::uint64_t when = 4711;
  net_in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(0xc0000201);
  std::vector<std::uint64_t> words;
  net_msghdr message{};
  append(words, message, NET_IPPROTO_IP, ZSOCK_IP_TTL, &ttl, sizeof ttl);
  append(words, message, ZSOCK_SOL_SOCKET, ZSOCK_SCM_TXTIME, &when, sizeof when);
  append(words, message, NET_IPPROTO_IP, ZSOCK_IP_PKTINFO, &info, sizeof info);
  EXPECT_CALL(native, sendmsg).WillOnce([&](int, const msghdr* sent, int) -> ssize_t {
    const cmsghdr* const first = CMSG_FIRSTHDR(sent);
    EXPECT_EQ(first->cmsg_type, IP_TTL);
    EXPECT_EQ(std::memcmp(CMSG_DATA(first), &ttl, sizeof ttl), 0);
    const cmsghdr* const second =
        CMSG_NXTHDR(const_cast<msghdr*>(sent), const_cast<cmsghdr*>(first));
    EXPECT_EQ(second->cmsg_type, IP_PKTINFO) << "and no SCM_TXTIME";
    EXPECT_EQ(std::memcmp(CMSG_DATA(second), &info, sizeof info), 0);
    EXPECT_EQ(sent->msg_controllen, CMSG_SPACE(sizeof ttl) + CMSG_SPACE(sizeof info));
    return 0;
  });
  EXPECT_EQ(zsock_sendmsg(3, &message, 0), 0);
  // A length that goes beyond the buffer, and one that is none.
  for (const std::uint32_t length : {4711U, 3U}) {
    std::memcpy(words.data(), &length, sizeof length);
    EXPECT_EQ(zsock_sendmsg(3, &message, 0), -1);
    EXPECT_EQ(errno, EINVAL);
  }
}

}  // namespace
}  // namespace zsock::zephyr
