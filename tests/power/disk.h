// A disk that keeps no more than it promised: what was synced is there after a power cut, and of
// the rest whatever the disk likes.
//
// A sync of a file keeps its contents, not its name; a sync of a folder keeps the names in it.
// Changes of names arrive in the order in which they were made, as on every file system with a
// journal; changes of contents arrive in any order, and a write may arrive by half.
#pragma once

#include <map>
#include <vector>

#include "tests/power/recorder.h"

namespace power {

class Disk {
 public:
  explicit Disk(const Image& kept);

  void take(const Step& step);
  // What may be found when the power fails now: each image once.
  std::vector<Image> after_a_cut() const;
  // What a program sees that runs on.
  Image now() const;

 private:
  using Contents = std::map<int, std::string>;
  struct Names {
    std::map<std::string, int> files;
    void change(const Step& step);
  };
  enum class Arrives { yes, no, half, sector_and_a_bit };

  Image image_of(std::size_t names, const std::vector<Arrives>& writes) const;
  std::vector<std::vector<Arrives>> possible_writes() const;
  static void change(std::string& contents, const Step& step, Arrives arrives);

  Contents kept_;
  Names kept_names_;
  std::vector<Step> writes_;  // that were not synced yet
  std::vector<Step> names_;   // likewise
};

}  // namespace power
