// How 'pi-client top' looks: lines of text in styles, without a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/top/state.h"

namespace pi::client::top {

enum class Style {
  kPlain,
  kTitle,
  kPanel,        // The title of a panel.
  kActivePanel,  // The one that the keys are for.
  kColumns,      // The titles of a table.
  kSelected,
  kStrong,
  kFaint,
  kWarning,
  kBad,
};

struct Span {
  std::string text;
  Style style = Style::kPlain;
};

using Line = std::vector<Span>;

struct Size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

struct Look {
  bool isUtf8 = true;
  bool isStill = false;  // One frame that no key can change.
};

// At most `size.rows` lines, none of which is wider than `size.columns`.
std::vector<Line> layout(const State& state, Size size, Look look = {});

// The lines as plain text.
std::string textOf(const std::vector<Line>& lines);

}  // namespace pi::client::top
