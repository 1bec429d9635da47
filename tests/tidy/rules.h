// The rules of the house that no compiler and no formatter holds.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace pi::tidy {

inline constexpr std::size_t kLineMax = 100;     // Characters.
inline constexpr std::size_t kFunctionMax = 70;  // Lines.

// Where a rule is broken, and how: "path:line: what".
using Offence = std::string;
using Offences = std::vector<Offence>;

// Each takes one file, of any kind, and says nothing of those that it is not about.
Offences brokenLayers(const SourceFile& file);
Offences clockReadings(const SourceFile& file);
Offences strayOutput(const SourceFile& file);
Offences longLines(const SourceFile& file);
Offences longFunctions(const SourceFile& file);
Offences forbiddenWords(const SourceFile& file);
Offences machinePaths(const SourceFile& file);
Offences shapelessHeaders(const SourceFile& file);
Offences unusableScripts(const SourceFile& file);

// The .cpp files that no CMakeLists.txt of their folder, or of one above it, names.
Offences unbuiltFiles(const std::vector<SourceFile>& tree);

}  // namespace pi::tidy
