// The project's own text files, as the tidy rules read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pi::tidy {

struct SourceFile {
  std::string path;  // From the root of the project, with '/' between folders.
  std::vector<std::string> lines;
  bool executable = false;
};

// A crafted file, for testing the rules themselves.
SourceFile sourceFile(std::string path, const std::string& text);

// Every file under `root` but what tools keep there, by path.
std::vector<SourceFile> readTree(const std::filesystem::path& root);

bool isHeader(const SourceFile& file);
bool isCpp(const SourceFile& file);                          // Headers included.
bool isIn(const SourceFile& file, const std::string& path);  // A folder, or the file itself.

}  // namespace pi::tidy
