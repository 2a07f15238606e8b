#include "tests/resolver/dns_message.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace zsock::test {
namespace {

constexpr std::size_t kHeader = 12;

std::string be16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::uint16_t read16(std::string_view message, std::size_t at) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(message[i]); };
  return static_cast<std::uint16_t>(octet(at) << 8 | octet(at + 1));
}

std::string octets_of(int family, std::string_view text) {
  std::array<char, 16> octets{};
  ::inet_pton(family, std::string(text).c_str(), octets.data());
  return {octets.data(), family == AF_INET ? 4U : 16U};
}

}  // namespace

std::optional<DnsQuery> parse_query(std::string_view message) {
  if (message.size() < kHeader + 5) return std::nullopt;
  DnsQuery query;
  query.id = read16(message, 0);
  std::size_t at = kHeader;
  while (at < message.size() && message[at] != 0) {
    const auto length = static_cast<unsigned char>(message[at]);
    if (length > 63 || at + 1 + length >= message.size()) return std::nullopt;
    query.name += (query.name.empty() ? "" : ".") + std::string(message.substr(at + 1, length));
    at += 1U + length;
  }
  if (at + 5 > message.size()) return std::nullopt;
  query.type = read16(message, at + 1);
  query.question = message.substr(kHeader, at + 5 - kHeader);
  return query;
}

std::string dns_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('.'), text.size());
    name += static_cast<char>(end);
    name += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return name + '\0';
}

DnsAnswer::DnsAnswer(const DnsQuery& query, std::uint16_t flags)
    : id_(query.id),
      flags_(static_cast<std::uint16_t>(flags | 0x8180U)),
      question_(query.question) {}

DnsAnswer& DnsAnswer::a(std::string_view name, std::string_view address) {
  return record(dns_name(name), kTypeA, octets_of(AF_INET, address));
}
DnsAnswer& DnsAnswer::aaaa(std::string_view name, std::string_view address) {
  return record(dns_name(name), kTypeAaaa, octets_of(AF_INET6, address));
}
DnsAnswer& DnsAnswer::cname(std::string_view name, std::string_view target) {
  return record(dns_name(name), kTypeCname, dns_name(target));
}
DnsAnswer& DnsAnswer::ptr(std::string_view name, std::string_view target) {
  return record(dns_name(name), kTypePtr, dns_name(target));
}

DnsAnswer& DnsAnswer::record(const std::string& name, std::uint16_t type, const std::string& data) {
  ++count_;
  records_ += name + be16(type) + be16(1) + be16(0) + be16(60) +
              be16(static_cast<unsigned>(data.size())) + data;
  return *this;
}

std::string DnsAnswer::str() const {
  return be16(id_) + be16(flags_) + be16(1) + be16(count_) + be16(0) + be16(0) + question_ +
         records_;
}

}  // namespace zsock::test
