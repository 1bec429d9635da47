// The size of the parts that decide: scheduler/core and worker/core.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

// Only for the cores: a shell has one method for each call, action or option that it serves.
inline constexpr std::size_t kCoreFileMax = 350;    // Lines.
inline constexpr std::size_t kCoreMethodsMax = 20;  // Per class, its constructors not counted.

struct ClassSize {
  std::string name;
  std::size_t line = 0;  // From 0.
  std::vector<std::string> methods;
};

// The classes and structs that a header defines, with the names of the member functions that it
// declares in them.  Constructors, destructors, operators and inherited methods do not count.
std::vector<ClassSize> classesIn(const SourceFile& header);

// Files of */core that are too long, and classes there with too many methods.
Offences largeCores(const SourceFile& file);

}  // namespace pi::tidy
