#pragma once
/// \file
/// Result<T, E>: a value or an error. A small subset of C++23's std::expected; becomes an alias of
/// it once the compilers of the platform have it.

#include <type_traits>
#include <utility>
#include <variant>

#include "daemon/stack/base/check.h"

namespace zsock {

/// Wraps an error so that it cannot be mistaken for a value: `return Err{ParseError::too_short};`
template <class E>
struct Err {
  explicit constexpr Err(E e) : error(std::move(e)) {}
  E error;
};

template <class T, class E>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  constexpr Result(Err<E> err) : state_(std::in_place_index<1>, std::move(err.error)) {}

  [[nodiscard]] constexpr bool has_value() const { return state_.index() == 0; }
  constexpr explicit operator bool() const { return has_value(); }

  /// REQUIRES: has_value()
  [[nodiscard]] constexpr T& value() {
    ZSOCK_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] constexpr const T& value() const {
    ZSOCK_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  constexpr T& operator*() { return value(); }
  constexpr const T& operator*() const { return value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  /// REQUIRES: !has_value()
  [[nodiscard]] constexpr const E& error() const {
    ZSOCK_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  constexpr Result() = default;
  constexpr Result(Err<E> err) : failed_(true), error_(std::move(err.error)) {}

  [[nodiscard]] constexpr bool has_value() const { return !failed_; }
  constexpr explicit operator bool() const { return has_value(); }
  /// REQUIRES: !has_value()
  [[nodiscard]] constexpr const E& error() const {
    ZSOCK_CHECK(failed_);
    return error_;
  }

 private:
  bool failed_ = false;
  E error_{};
};

/// The outcome of an operation that yields no value.
template <class E>
using Status = Result<void, E>;

}  // namespace zsock
