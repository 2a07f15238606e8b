#pragma once
/// \file
/// DNS messages for tests, octet by octet (RFC 1035 4).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zsock::test {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypePtr = 12;
inline constexpr std::uint16_t kTypeAaaa = 28;

inline constexpr std::uint16_t kFormErr = 1;
inline constexpr std::uint16_t kServFail = 2;
inline constexpr std::uint16_t kNxDomain = 3;
inline constexpr std::uint16_t kNotImp = 4;
inline constexpr std::uint16_t kRefused = 5;
inline constexpr std::uint16_t kTruncated = 0x0200;  ///< TC

/// A question as a server sees it.
struct DnsQuery {
  std::uint16_t id = 0;
  std::string name{};
  std::uint16_t type = 0;
  std::string question{};  ///< its octets
  bool over_tcp = false;
};

std::optional<DnsQuery> parse_query(std::string_view message);

/// "www.example.org" as labels.
std::string dns_name(std::string_view text);

/// An answer to a query, record by record.
class DnsAnswer {
 public:
  /// \param flags  rcode and TC; QR, RD and RA are added
  explicit DnsAnswer(const DnsQuery& query, std::uint16_t flags = 0);

  DnsAnswer& a(std::string_view name, std::string_view address);
  DnsAnswer& aaaa(std::string_view name, std::string_view address);
  DnsAnswer& cname(std::string_view name, std::string_view target);
  DnsAnswer& ptr(std::string_view name, std::string_view target);
  /// \param name  encoded
  DnsAnswer& record(const std::string& name, std::uint16_t type, const std::string& data);

  [[nodiscard]] std::string str() const;

 private:
  std::uint16_t id_;
  std::uint16_t flags_;
  std::uint16_t count_ = 0;
  std::string question_;
  std::string records_;
};

}  // namespace zsock::test
