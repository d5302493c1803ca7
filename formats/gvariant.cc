#include "formats/gvariant.h"

#include <algorithm>

namespace formats::gvariant {
namespace {

// The bytes of one framing offset in a container of `size` bytes, offsets included.
std::size_t offset_size(std::size_t size) {
  if (size <= 0xff) return 1;
  if (size <= 0xffff) return 2;
  return size <= 0xffffffff ? 4 : 8;
}

std::size_t offset_size_for(std::size_t body, std::size_t offsets) {
  for (const std::size_t width : {1u, 2u, 4u})
    if (offset_size(body + offsets * width) <= width) return width;
  return 8;
}

std::size_t aligned(std::size_t at, std::size_t alignment) {
  return (at + alignment - 1) / alignment * alignment;
}

void append_number(SecretBuffer& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

bool all_zero(base::ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{}; });
}

}  // namespace

std::uint64_t read_number(base::ByteView value) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(value.size(), 8); ++i)
    number |= std::to_integer<std::uint64_t>(value[i]) << (8 * i);
  return number;
}

std::optional<std::string_view> read_string(base::ByteView value) {
  const std::string_view text = base::text_of(value);
  if (text.empty() || text.find('\0') != text.size() - 1) return std::nullopt;
  return text.substr(0, text.size() - 1);
}

std::optional<Parts> read_tuple(base::ByteView container, std::initializer_list<Layout> members) {
  const std::size_t width = offset_size(container.size());
  std::size_t frame = container.size();  // the framing offsets start here, and grow downwards
  std::size_t at = 0;
  Parts parts;
  for (auto member = members.begin(); member != members.end(); ++member) {
    const std::size_t start = aligned(at, member->alignment);
    std::size_t end = start + member->size;
    if (member->size == 0 && member + 1 == members.end()) {
      end = frame;  // the last member needs no offset
    } else if (member->size == 0) {
      if (frame < width) return std::nullopt;
      frame -= width;
      const std::uint64_t offset = read_number(container.subspan(frame, width));
      if (offset > container.size()) return std::nullopt;
      end = static_cast<std::size_t>(offset);
    }
    if (start > end || end > frame || !all_zero(container.subspan(at, start - at)))
      return std::nullopt;
    parts.push_back(container.subspan(start, end - start));
    at = end;
  }
  if (at != frame) return std::nullopt;
  return parts;
}

std::optional<Parts> read_array(base::ByteView container) {
  Parts parts;
  if (container.empty()) return parts;
  const std::size_t width = offset_size(container.size());
  const std::uint64_t frame = read_number(container.last(std::min(width, container.size())));
  if (frame >= container.size() || (container.size() - frame) % width != 0) return std::nullopt;
  std::size_t at = 0;
  for (auto entry = static_cast<std::size_t>(frame); entry < container.size(); entry += width) {
    const std::uint64_t end = read_number(container.subspan(entry, width));
    if (end < at || end > frame) return std::nullopt;
    parts.push_back(container.subspan(at, static_cast<std::size_t>(end) - at));
    at = static_cast<std::size_t>(end);
  }
  return parts;
}

SecretBuffer write_tuple(const std::vector<Member>& members) {
  SecretBuffer out;
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < members.size(); ++i) {
    out.resize(aligned(out.size(), members[i].layout.alignment));
    out.insert(out.end(), members[i].value.begin(), members[i].value.end());
    if (members[i].layout.size == 0 && i + 1 < members.size()) ends.push_back(out.size());
  }
  const std::size_t width = offset_size_for(out.size(), ends.size());
  for (auto end = ends.rbegin(); end != ends.rend(); ++end) append_number(out, *end, width);
  return out;
}

SecretBuffer write_array(const std::vector<SecretBuffer>& elements) {
  SecretBuffer out;
  std::vector<std::size_t> ends;
  for (const SecretBuffer& element : elements) {
    out.insert(out.end(), element.begin(), element.end());
    ends.push_back(out.size());
  }
  const std::size_t width = offset_size_for(out.size(), ends.size());
  for (const std::size_t end : ends) append_number(out, end, width);
  return out;
}

Member string_member(std::string_view text) {
  SecretBuffer value = secret_of(text);
  value.push_back(std::byte{0});
  return {bytes_layout, std::move(value)};
}

Member bytes_member(base::ByteView bytes) { return {bytes_layout, secret_of(bytes)}; }

Member u32_member(std::uint32_t value) {
  Member member{u32_layout, {}};
  append_number(member.value, value, 4);
  return member;
}

Member u64_member(std::uint64_t value) {
  Member member{u64_layout, {}};
  append_number(member.value, value, 8);
  return member;
}

}  // namespace formats::gvariant
