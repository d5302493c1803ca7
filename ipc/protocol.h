// A protocol is a list of request types. Everything else about it is derived from that list.
//
// A request is a struct with `tag`, `name`, `Reply` and `fields`. Requests travel in one direction
// and are answered by their Reply or by an Error, in any order.
#pragma once

#include "base/error.h"
#include "ipc/codec.h"

namespace ipc {

template <class M>
concept Request = Struct<M> && Struct<typename M::Reply> && requires {
  { M::tag } -> std::convertible_to<std::uint16_t>;
  { M::name } -> std::convertible_to<std::string_view>;
};

// No frame's body is longer. The largest message of every protocol fits, by static assertion.
inline constexpr std::size_t kMaxBody = 16 * 1024 * 1024;
// No message carries more descriptors.
inline constexpr std::size_t kMaxDescriptors = 1;

template <Request... M>
struct Protocol {
  template <template <class...> class L>
  using As = L<M...>;  // e.g. Protocol::As<testing::Types>, for suites over every request

  static_assert(((Codec<M>::max_size <= kMaxBody) && ...), "a request can outgrow a frame");
  static_assert(((Codec<typename M::Reply>::max_size <= kMaxBody) && ...),
                "a reply can outgrow a frame");
  static_assert(
      [] {
        std::array tags{std::uint16_t{M::tag}...};
        std::sort(tags.begin(), tags.end());
        return std::adjacent_find(tags.begin(), tags.end()) == tags.end();
      }(),
      "two requests share a tag");

  // Calls f(std::type_identity<M>) for the request with this tag; false when there is none.
  template <class F>
  static bool with(std::uint16_t tag, F&& f) {
    return ((M::tag == tag && (f(std::type_identity<M>{}), true)) || ...);
  }
};

// How an Error looks on the wire.
struct WireError {
  base::Code code{};
  Text<1024> what;
  static constexpr auto fields = std::tuple{&WireError::code, &WireError::what};
};

}  // namespace ipc

template <>
inline constexpr auto ipc::kEnumerators<base::Code> = [] {
  std::array<base::Code, 18> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<base::Code>(i + 1);
  return all;
}();
