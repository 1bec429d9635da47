// Plain words: phrases that code comments, messages, test names and documents do not use.
#pragma once

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

// Phrases with a plainer word, anywhere in a file, across line breaks too; and sentences that begin
// with "Of", or with a "What" that asks nothing; names of tests that begin with one of these or
// with "Who".
Offences unplainWords(const SourceFile& file);

}  // namespace pi::tidy
