// The layers: which folder may include which.
#pragma once

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

// Every folder with C++ files has one row in the table of layers.cpp; a file includes only what the
// row of its folder allows.
Offences brokenLayers(const SourceFile& file);

}  // namespace pi::tidy
