#include "tests/power/disk.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

namespace power {
namespace {

using Kind = Step::Kind;

constexpr std::size_t kSector = 512;
constexpr int kRandomSubsets = 2;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path(); }

}  // namespace

Disk::Disk(const Image& kept) {
  int file = 0;
  for (const auto& [path, contents] : kept) {
    kept_[++file] = contents;
    kept_names_.files[path] = file;
  }
}

void Disk::Names::change(const Step& step) {
  if (step.kind == Kind::make) files[step.path] = step.file;
  if (step.kind == Kind::remove) files.erase(step.path);
  if (step.kind != Kind::rename) return;
  files[step.to] = files.at(step.path);
  files.erase(step.path);
}

void Disk::change(std::string& contents, const Step& step, Arrives arrives) {
  if (arrives == Arrives::no) return;
  if (step.kind == Kind::resize) return contents.resize(step.at);
  std::size_t size = step.data.size();
  if (arrives == Arrives::half) size /= 2;
  if (arrives == Arrives::sector_and_a_bit) size = std::min(size, kSector + 7);
  if (contents.size() < step.at + size) contents.resize(step.at + size);
  contents.replace(step.at, size, step.data, 0, size);
}

void Disk::take(const Step& step) {
  switch (step.kind) {
    case Kind::write:
    case Kind::resize:
      return writes_.push_back(step);
    case Kind::make:
    case Kind::rename:
    case Kind::remove:
      return names_.push_back(step);
    case Kind::sync:
      std::erase_if(writes_, [&](const Step& write) {
        if (write.file == step.file) change(kept_[write.file], write, Arrives::yes);
        return write.file == step.file;
      });
      return;
    case Kind::sync_folder:
      std::erase_if(names_, [&](const Step& name) {
        const bool here = folder_of(name.path) == step.path;
        if (here) kept_names_.change(name);
        return here;
      });
  }
}

Image Disk::image_of(std::size_t names, const std::vector<Arrives>& writes) const {
  Contents contents = kept_;
  for (std::size_t i = 0; i < writes_.size(); ++i)
    change(contents[writes_[i].file], writes_[i], writes[i]);
  Names found = kept_names_;
  for (std::size_t i = 0; i < names; ++i) found.change(names_[i]);
  Image image;
  for (const auto& [path, file] : found.files) image[path] = contents[file];
  return image;
}

Image Disk::now() const {
  return image_of(names_.size(), std::vector(writes_.size(), Arrives::yes));
}

std::vector<std::vector<Disk::Arrives>> Disk::possible_writes() const {
  const std::size_t count = writes_.size();
  const std::vector all(count, Arrives::yes);
  const std::vector none(count, Arrives::no);
  std::vector<std::vector<Arrives>> possible(1, all);
  if (count == 0) return possible;
  possible.push_back(none);
  for (const Arrives last : {Arrives::no, Arrives::half, Arrives::sector_and_a_bit}) {
    possible.push_back(all);
    possible.back().back() = last;
  }
  possible.push_back(all);  // the first is late
  possible.back().front() = Arrives::no;
  possible.push_back(none);  // the last overtook the others
  possible.back().back() = Arrives::yes;
  std::mt19937 random(static_cast<unsigned>(count));
  for (int i = 0; i < kRandomSubsets; ++i) {
    possible.push_back(all);
    for (Arrives& each : possible.back()) each = static_cast<Arrives>(random() % 3);
  }
  return possible;
}

std::vector<Image> Disk::after_a_cut() const {
  std::set<Image> images;
  for (const auto& writes : possible_writes())
    for (std::size_t names = 0; names <= names_.size(); ++names)
      images.insert(image_of(names, writes));
  return {images.begin(), images.end()};
}

}  // namespace power
