// A made-up machine: files under a temporary folder.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/doctor/checks.h"

namespace cli {

class TreeTest : public ::testing::Test {
 protected:
  TreeTest() {
    char name[] = "/tmp/coffer-doctor-XXXXXX";
    machine_.root = ::mkdtemp(name);
  }
  ~TreeTest() override { std::filesystem::remove_all(machine_.root); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = machine_.root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void link(const std::string& path, const std::string& target) {
    const std::filesystem::path file = machine_.root + path;
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::create_symlink(target, file);
  }
  void remove(const std::string& path) { std::filesystem::remove_all(machine_.root + path); }

  Machine machine_;
};

// What is not good must say what to do; what is good has nothing to say.
inline void expect(const Finding& finding, State state, const std::string& in_words = {}) {
  EXPECT_EQ(static_cast<int>(finding.state), static_cast<int>(state)) << finding.found;
  EXPECT_EQ(finding.advice.empty(), state == State::good) << finding.found;
  EXPECT_NE((finding.found + " -> " + finding.advice).find(in_words), std::string::npos)
      << finding.found << " -> " << finding.advice;
}

}  // namespace cli
