// Style rules that neither the compiler nor clang-format checks.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

inline constexpr std::size_t kLineMax = 100;          // Characters.
inline constexpr std::size_t kMarkdownLineMax = 120;  // Except in tables and code.
inline constexpr std::size_t kFunctionMax = 70;       // Lines.

// Each rule takes a file of any kind, and ignores files to which it does not apply.
Offences clockReadings(const SourceFile& file);
Offences strayOutput(const SourceFile& file);
Offences decodedExceptions(const SourceFile& file);
Offences longLines(const SourceFile& file);
Offences longFunctions(const SourceFile& file);
// Names of tests that ctest would not run: CMake ends them at a semicolon, and doctest passes when
// no test has the name that it is given.
Offences cutTestNames(const SourceFile& file);
Offences forbiddenWords(const SourceFile& file);
Offences machinePaths(const SourceFile& file);
Offences shapelessHeaders(const SourceFile& file);
Offences unusableScripts(const SourceFile& file);

// .cpp files that no CMakeLists.txt lists, in their folder or above it.
Offences unbuiltFiles(const std::vector<SourceFile>& tree);

// Links and paths in Markdown files that lead to no file: "[text](file)", and code spans such as
// `common/base/check.h`, `scripts/run` or `scheduler/core`.
Offences deadPaths(const std::vector<SourceFile>& tree);

// Files that repeat the version number of project(VERSION); CHANGELOG.md may.
Offences repeatedVersions(const std::vector<SourceFile>& tree);

}  // namespace pi::tidy
