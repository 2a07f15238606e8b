#include "drivers/frame_file.h"

#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

#include "drivers/interface.h"
#include "drivers/vnet_header.h"

namespace zsock::drivers {
namespace {

/// A frame to the kernel as the pieces of one writev.
struct Gather {
  std::array<iovec, 5> pieces{};
  int count = 0;

  void add(ByteView bytes) {
    if (bytes.empty()) return;
    // writev does not write through it.
    pieces.at(static_cast<std::size_t>(count)) = {const_cast<std::byte*>(bytes.data()),
                                                  bytes.size()};
    ++count;
  }
};

Status<std::error_code> write_pieces(int fd, const Gather& gather) {
  for (;;) {
    const ssize_t written = gather.count == 1
                                ? ::write(fd, gather.pieces[0].iov_base, gather.pieces[0].iov_len)
                                : ::writev(fd, gather.pieces.data(), gather.count);
    if (written >= 0) return {};
    if (errno != EINTR) return Err{last_error()};
  }
}

}  // namespace

FrameFile::FrameFile(UniqueFd fd, Prefix prefix, Offload offload)
    : fd_(std::move(fd)), prefix_(prefix), offload_(offload) {
  ZSOCK_CHECK(offload_ == Offload::off || prefix_ == Prefix::vnet_header);
  if (offload_ == Offload::off) plain_.resize(kReceiveBufferOctets);
}

Result<RxFrame, std::error_code> FrameFile::receive(MutableBytes buffer) const {
  ZSOCK_CHECK(buffer.size() >= kReceiveBufferOctets);
  VnetHeader::Bytes header{};
  std::array<iovec, 2> pieces{{{header.data(), header.size()}, {buffer.data(), buffer.size()}}};
  const bool prefixed = prefix_ == Prefix::vnet_header;
  const std::size_t before = prefixed ? header.size() : 0;
  ssize_t size = 0;
  do {
    size = prefixed ? ::readv(fd_.get(), pieces.data(), 2)
                    : ::read(fd_.get(), buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return Err{last_error()};
  if (static_cast<std::size_t>(size) < before) return RxFrame{};
  const MutableBytes frame = buffer.first(static_cast<std::size_t>(size) - before);
  return describe_received(VnetHeader::decode(header), frame);
}

Status<std::error_code> FrameFile::send(const TxFrame& frame) {
  return offload_ == Offload::on ? send_whole(frame) : send_cut(frame);
}

/// Borrowed spans go to the kernel as they are: it makes the only copy.
Status<std::error_code> FrameFile::send_whole(const TxFrame& frame) const {
  const VnetHeader::Bytes header = vnet_header_of(frame).encode();
  Gather gather;
  gather.add(header);
  gather.add(frame.header_bytes());
  for (std::size_t i = 0; i < frame.payload_parts; ++i) gather.add(frame.payload.at(i));
  return write_pieces(fd_.get(), gather);
}

Status<std::error_code> FrameFile::send_cut(const TxFrame& frame) {
  const VnetHeader::Bytes no_wishes = VnetHeader{}.encode();
  Segmenter segmenter(frame);
  for (bool first = true;; first = false) {
    const ByteView bytes = segmenter.next(plain_);
    if (bytes.empty()) return {};
    Gather gather;
    if (prefix_ == Prefix::vnet_header) gather.add(no_wishes);
    gather.add(bytes);
    const auto sent = write_pieces(fd_.get(), gather);
    if (sent) continue;
    const bool again = sent.error() == std::errc::resource_unavailable_try_again;
    // Segments that went must not go again: what is left of the frame is lost, as in any queue.
    if (again && !first) return Err{std::make_error_code(std::errc::no_buffer_space)};
    return sent;
  }
}

}  // namespace zsock::drivers
