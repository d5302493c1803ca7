// A value, or the reason there is none.
//
// Ours rather than std::expected, which the clang that builds the fuzzers cannot see in the
// system's libstdc++. The spelling is close enough to make the switch an alias one day.
#pragma once

#include <utility>
#include <variant>

#include "base/error.h"

namespace base {

template <class E>
struct Failure {
  E reason;
};
template <class E>
Failure(E) -> Failure<E>;

// The value of a Result that carries nothing.
struct Ok {};

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.reason)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const E& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, E> state_;
};

// Something that either worked or did not.
using Outcome = Result<Ok>;

inline Failure<Error> fail(Code code, std::string what) {
  return Failure{Error{code, std::move(what)}};
}
inline Failure<Error> fail(Error error) { return Failure{std::move(error)}; }
inline Failure<Error> system_failure(int error_number, std::string what) {
  return Failure{system_error(error_number, std::move(what))};
}

}  // namespace base
