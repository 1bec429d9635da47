// Writes one frame, a JSON object, within a number of bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/json/documents.h"

namespace pi::scheduler::live {

// The JSON text of a value.  Bytes that are not UTF-8 become U+FFFD.
std::string compact(const Json& value);

class FrameText {
 public:
  explicit FrameText(std::size_t bytesMax) : bytesMax_(bytesMax) {}

  // The bytes that are left.
  std::size_t room() const;
  // A field; the caller knows that there is room for it.
  void put(std::string_view name, std::string_view value);
  // Begins a list that may take this share of the bytes that are left.  A list without items is not
  // written.
  void beginList(std::string_view name, double share = 1);
  // Adds an item to the list; false if it does not fit.  The first one may take more than the
  // share, so that each list of each frame is a step ahead.
  bool add(std::string_view item);

  bool empty() const { return text_.empty(); }
  std::string take();

 private:
  void endList();

  std::size_t bytesMax_;
  std::string text_;
  std::string listName_;
  std::size_t listEnd_ = 0;  // The bytes that text_ may have after the list.
  bool isListOpen_ = false;  // It has an item.
};

}  // namespace pi::scheduler::live
