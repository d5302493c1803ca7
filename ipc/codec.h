// Turns message structs into bytes and back, from the `fields` list that each struct declares.
//
// Integers are little-endian and of fixed width; lengths and counts are u32. The encoding is
// canonical: a value has exactly one representation, and whatever is accepted re-encodes to
// itself. That is the property the fuzzers check.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>

#include "ipc/fields.h"

namespace ipc {

// Why a peer is no longer trusted. The connection ends here; the reason is logged, never sent.
enum class Violation : std::uint8_t {
  truncated,
  trailing_bytes,
  bad_value,
  too_long,
  missing_descriptor,
  stray_descriptor,
  unknown_message,
  bad_header,
};

template <class T>
concept Struct = std::is_aggregate_v<T> && requires { T::fields; };

// Appends; the size was computed before, so that nothing is allocated here.
class Writer {
 public:
  explicit Writer(base::MutableBytes out) : rest_(out) {}

  // Inlined, so that a known width becomes one store.
  [[gnu::always_inline]] void integer(std::uint64_t value, std::size_t width) {
    if constexpr (std::endian::native == std::endian::little)
      std::memcpy(rest_.data(), &value, width);
    else
      for (std::size_t i = 0; i < width; ++i) rest_[i] = static_cast<std::byte>(value >> (8 * i));
    rest_ = rest_.subspan(width);
  }
  void bytes(base::ByteView bytes) {
    if (!bytes.empty()) std::memcpy(rest_.data(), bytes.data(), bytes.size());
    rest_ = rest_.subspan(bytes.size());
  }
  // Borrowed: the message keeps its descriptors until the frame has left.
  void descriptor(int fd) { descriptors_.push_back(fd); }
  const std::vector<int>& descriptors() const { return descriptors_; }

 private:
  base::MutableBytes rest_;
  std::vector<int> descriptors_;
};

// Reads forward only; after the first failure every read fails, and violation() says why.
class Reader {
 public:
  explicit Reader(base::ByteView in, std::vector<base::UniqueFd> descriptors = {})
      : rest_(in), descriptors_(std::move(descriptors)) {}

  [[gnu::always_inline]] std::uint64_t integer(std::size_t width) {
    std::uint64_t value = 0;
    const base::ByteView raw = bytes(width);
    if (raw.size() != width) return 0;
    if constexpr (std::endian::native == std::endian::little)
      std::memcpy(&value, raw.data(), width);
    else
      for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t(raw[i]) << (8 * i);
    return value;
  }
  // Bounded by `most` and by what is really there, before anybody allocates.
  base::ByteView counted_bytes(std::size_t most) {
    const auto size = static_cast<std::size_t>(integer(4));
    if (size > most) fail(Violation::too_long);
    return bytes(size);
  }
  base::ByteView bytes(std::size_t size) {
    if (failed_ || size > rest_.size()) return fail(Violation::truncated), base::ByteView{};
    const base::ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  base::UniqueFd descriptor() {
    if (descriptors_.empty()) return fail(Violation::missing_descriptor), base::UniqueFd{};
    base::UniqueFd first = std::move(descriptors_.front());
    descriptors_.erase(descriptors_.begin());
    return first;
  }
  void fail(Violation why) {
    if (!failed_) why_ = why;
    failed_ = true;
  }
  // Call after the last field: nothing may be left over.
  void finish() {
    if (!rest_.empty()) fail(Violation::trailing_bytes);
    if (!descriptors_.empty()) fail(Violation::stray_descriptor);
  }
  std::size_t left() const { return rest_.size(); }

  bool failed() const { return failed_; }
  Violation why() const { return why_; }  // once it has failed
  std::optional<Violation> violation() const {
    return failed_ ? std::optional(why_) : std::nullopt;
  }

 private:
  base::ByteView rest_;
  bool failed_ = false;
  Violation why_ = Violation::truncated;
  std::vector<base::UniqueFd> descriptors_;
};

// One Codec for each shape of field:
//   max_size  the largest encoding            size(v)  this value's encoding
//   min_size  the smallest
//   fits(v)   whether v respects its bounds   write, read
template <class T>
struct Codec;

template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
struct Codec<T> {
  static constexpr std::size_t min_size = sizeof(T), max_size = sizeof(T);
  static std::size_t size(T) { return sizeof(T); }
  static bool fits(T) { return true; }
  static void write(Writer& w, T v) { w.integer(static_cast<std::uint64_t>(v), sizeof(T)); }
  static void read(Reader& r, T& v) { v = static_cast<T>(r.integer(sizeof(T))); }
};

template <>
struct Codec<bool> {
  static constexpr std::size_t min_size = 1, max_size = 1;
  static std::size_t size(bool) { return 1; }
  static bool fits(bool) { return true; }
  static void write(Writer& w, bool v) { w.integer(v ? 1 : 0, 1); }
  static void read(Reader& r, bool& v) {
    const auto raw = r.integer(1);
    if (raw > 1) r.fail(Violation::bad_value);
    v = raw == 1;
  }
};

template <class T>
  requires std::is_enum_v<T>
struct Codec<T> {
  static_assert(!kEnumerators<T>.empty(), "list the enum's wire values in kEnumerators");
  static constexpr std::size_t min_size = sizeof(T), max_size = sizeof(T);
  static std::size_t size(T) { return sizeof(T); }
  static bool fits(T v) {
    return std::find(kEnumerators<T>.begin(), kEnumerators<T>.end(), v) != kEnumerators<T>.end();
  }
  static void write(Writer& w, T v) { w.integer(static_cast<std::uint64_t>(v), sizeof(T)); }
  static void read(Reader& r, T& v) {
    v = static_cast<T>(r.integer(sizeof(T)));
    if (!fits(v)) r.fail(Violation::bad_value);
  }
};

template <std::size_t Max>
struct Codec<Text<Max>> {
  static constexpr std::size_t min_size = 4, max_size = 4 + Max;
  static std::size_t size(const Text<Max>& v) { return 4 + v.value.size(); }
  static bool fits(const Text<Max>& v) { return v.value.size() <= Max && base::is_utf8(v.value); }
  static void write(Writer& w, const Text<Max>& v) {
    w.integer(v.value.size(), 4);
    w.bytes(base::bytes_of(v.value));
  }
  static void read(Reader& r, Text<Max>& v) {
    const std::string_view text = base::text_of(r.counted_bytes(Max));
    if (!base::is_utf8(text)) return r.fail(Violation::bad_value);
    v.value = text;
  }
};

template <std::size_t Max>
struct Codec<Bytes<Max>> {
  static constexpr std::size_t min_size = 4, max_size = 4 + Max;
  static std::size_t size(const Bytes<Max>& v) { return 4 + v.value.size(); }
  static bool fits(const Bytes<Max>& v) { return v.value.size() <= Max; }
  static void write(Writer& w, const Bytes<Max>& v) {
    w.integer(v.value.size(), 4);
    w.bytes(v.value);
  }
  static void read(Reader& r, Bytes<Max>& v) {
    const base::ByteView raw = r.counted_bytes(Max);
    v.value.assign(raw.begin(), raw.end());
  }
};

template <std::size_t N>
struct Codec<std::array<std::byte, N>> {
  static constexpr std::size_t min_size = N, max_size = N;
  static std::size_t size(const std::array<std::byte, N>&) { return N; }
  static bool fits(const std::array<std::byte, N>&) { return true; }
  static void write(Writer& w, const std::array<std::byte, N>& v) { w.bytes(v); }
  static void read(Reader& r, std::array<std::byte, N>& v) {
    const base::ByteView raw = r.bytes(N);
    std::copy(raw.begin(), raw.end(), v.begin());
  }
};

template <class T, std::size_t Max, std::size_t MaxBytes>
struct Codec<List<T, Max, MaxBytes>> {
  static constexpr std::size_t most_bytes = MaxBytes ? MaxBytes : Max * Codec<T>::max_size;
  static constexpr std::size_t min_size = 4, max_size = 4 + most_bytes;
  static std::size_t size(const List<T, Max, MaxBytes>& v) {
    std::size_t sum = 4;
    for (const T& item : v.items) sum += Codec<T>::size(item);
    return sum;
  }
  static bool fits(const List<T, Max, MaxBytes>& v) {
    return v.items.size() <= Max && size(v) <= max_size &&
           std::all_of(v.items.begin(), v.items.end(), Codec<T>::fits);
  }
  static void write(Writer& w, const List<T, Max, MaxBytes>& v) {
    w.integer(v.items.size(), 4);
    for (const T& item : v.items) Codec<T>::write(w, item);
  }
  static void read(Reader& r, List<T, Max, MaxBytes>& v) {
    const auto count = static_cast<std::size_t>(r.integer(4));
    if (count > Max) return r.fail(Violation::too_long);
    const std::size_t before = r.left();
    // Not more than could be there: a count alone makes nobody allocate.
    v.items.reserve(std::min(count, before / std::max<std::size_t>(Codec<T>::min_size, 1)));
    for (std::size_t i = 0; i < count && !r.failed(); ++i)
      Codec<T>::read(r, v.items.emplace_back());
    if (before - r.left() > most_bytes) r.fail(Violation::too_long);
  }
};

template <class T>
struct Codec<Optional<T>> {
  static constexpr std::size_t min_size = 1, max_size = 1 + Codec<T>::max_size;
  static std::size_t size(const Optional<T>& v) {
    return 1 + (v.value ? Codec<T>::size(*v.value) : 0);
  }
  static bool fits(const Optional<T>& v) { return !v.value || Codec<T>::fits(*v.value); }
  static void write(Writer& w, const Optional<T>& v) {
    w.integer(v.value ? 1 : 0, 1);
    if (v.value) Codec<T>::write(w, *v.value);
  }
  static void read(Reader& r, Optional<T>& v) {
    bool present = false;
    Codec<bool>::read(r, present);
    if (present) Codec<T>::read(r, v.value.emplace());
  }
};

template <>
struct Codec<Fd> {
  static constexpr std::size_t min_size = 0, max_size = 0;
  static std::size_t size(const Fd&) { return 0; }
  static bool fits(const Fd& v) { return v.value.valid(); }
  static void write(Writer& w, const Fd& v) { w.descriptor(v.value.get()); }
  static void read(Reader& r, Fd& v) { v.value = r.descriptor(); }
};

// Counts a struct's members, so that `fields` cannot forget one.
struct AnyField {
  template <class T>
  operator T() const;
};
template <class T, class... A>
consteval std::size_t member_count() {
  if constexpr (requires { T{A{}..., AnyField{}}; })
    return member_count<T, A..., AnyField>();
  else
    return sizeof...(A);
}
template <Struct T>
inline constexpr bool lists_every_member =
    std::tuple_size_v<std::remove_cvref_t<decltype(T::fields)>> == member_count<T>();

template <class C, class V>
V member_type(V C::*);  // only for decltype

template <Struct T>
struct Codec<T> {
  static_assert(lists_every_member<T>, "a member is missing from `fields`");

  static constexpr std::size_t min_size = std::apply(
      [](auto... f) { return (std::size_t{0} + ... + Codec<decltype(member_type(f))>::min_size); },
      T::fields);
  static constexpr std::size_t max_size = std::apply(
      [](auto... f) { return (std::size_t{0} + ... + Codec<decltype(member_type(f))>::max_size); },
      T::fields);
  static std::size_t size([[maybe_unused]] const T& v) {
    return std::apply(
        [&](auto... f) {
          return (std::size_t{0} + ... + Codec<decltype(member_type(f))>::size(v.*f));
        },
        T::fields);
  }
  static bool fits([[maybe_unused]] const T& v) {
    return std::apply(
        [&](auto... f) { return (Codec<decltype(member_type(f))>::fits(v.*f) && ...); }, T::fields);
  }
  static void write([[maybe_unused]] Writer& w, [[maybe_unused]] const T& v) {
    std::apply([&](auto... f) { (Codec<decltype(member_type(f))>::write(w, v.*f), ...); },
               T::fields);
  }
  static void read([[maybe_unused]] Reader& r, [[maybe_unused]] T& v) {
    std::apply([&](auto... f) { (Codec<decltype(member_type(f))>::read(r, v.*f), ...); },
               T::fields);
  }
};

// For records without descriptors: the encoding of `value`, and back.
template <Struct T>
base::Bytes encode(const T& value) {
  base::Bytes out(Codec<T>::size(value));
  Writer writer(out);
  Codec<T>::write(writer, value);
  return out;
}
template <Struct T>
std::optional<T> decode(base::ByteView bytes) {
  Reader reader(bytes);
  T value{};
  Codec<T>::read(reader, value);
  reader.finish();
  if (reader.failed()) return std::nullopt;
  return value;
}

const char* name_of(Violation violation);

}  // namespace ipc
