// The rows of a table that viewers see, and which of them changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scheduler/live/frame_text.h"

namespace pi::scheduler::live {

// The texts of the rows, by number.  A row that is new or changed has a higher version than all
// rows had before.
class RowTexts {
 public:
  struct Row {
    std::uint64_t version = 0;
    std::string text;
  };
  const std::map<std::uint64_t, Row>& all() const { return rows_; }
  std::uint64_t removals() const { return removals_; }  // Rows that were removed so far.

 protected:
  void set(std::uint64_t id, std::string text) {
    rows_[id] = {.version = ++lastVersion_, .text = std::move(text)};
  }
  void remove(std::uint64_t id) { removals_ += rows_.erase(id); }

 private:
  std::map<std::uint64_t, Row> rows_;
  std::uint64_t lastVersion_ = 0;
  std::uint64_t removals_ = 0;
};

// Rows with the values that they show.
template <typename Value>
class Rows : public RowTexts {
 public:
  // Replaces all values.  `write` makes the text of a row that is new or changed.
  template <typename Write>
  void replace(std::map<std::uint64_t, Value> values, Write write) {
    for (const auto& [id, value] : values_) {
      if (!values.contains(id)) remove(id);
    }
    for (const auto& [id, value] : values) {
      auto known = values_.find(id);
      if (known == values_.end() || known->second != value) set(id, write(value));
    }
    values_ = std::move(values);
  }
  const Value* find(std::uint64_t id) const {
    auto found = values_.find(id);
    return found == values_.end() ? nullptr : &found->second;
  }
  std::size_t size() const { return values_.size(); }

 private:
  std::map<std::uint64_t, Value> values_;
};

// Which rows one viewer has.
class RowCursor {
 public:
  // Adds rows that the viewer does not have to the frame's list, as many as fit.  It begins where
  // the last frame ended, and continues with lower numbers: each row gets its turn, the newest one
  // first.
  void writeChanged(const RowTexts& rows, FrameText& frame);
  // Adds the numbers of rows that the viewer has and that are gone.
  void writeGone(const RowTexts& rows, FrameText& frame);
  // The same without words: another cursor tells the numbers.
  void forgetGone(const RowTexts& rows);

 private:
  // False if the row does not fit.
  bool write(std::uint64_t id, const RowTexts::Row& row, FrameText& frame);

  std::map<std::uint64_t, std::uint64_t> sent_;  // The version of each row.
  std::optional<std::uint64_t> next_;            // The row that did not fit.
  std::uint64_t removalsSeen_ = 0;
};

}  // namespace pi::scheduler::live
