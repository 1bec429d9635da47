// The text files of the project, as the tidy rules read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pi::tidy {

struct SourceFile {
  std::string path;  // Relative to the root of the project.
  std::vector<std::string> lines;
  bool executable = false;
};

// Makes a file from text, for tests of the rules.
SourceFile sourceFile(std::string path, const std::string& text);

// All files under `root`, sorted by path; without build folders and the files of tools.
std::vector<SourceFile> readTree(const std::filesystem::path& root);

bool isHeader(const SourceFile& file);
bool isCpp(const SourceFile& file);                          // Headers and CUDA's .cu included.
bool isIn(const SourceFile& file, const std::string& path);  // A folder, or the file itself.

}  // namespace pi::tidy
