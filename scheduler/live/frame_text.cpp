#include "scheduler/live/frame_text.h"

#include <algorithm>

#include "common/base/check.h"

namespace pi::scheduler::live {
namespace {

constexpr std::size_t kEnds = 3;  // The object's braces, and the bracket of an open list.

}  // namespace

std::string compact(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t FrameText::room() const {
  return bytesMax_ - std::min(bytesMax_, text_.size() + kEnds);
}

void FrameText::put(std::string_view name, std::string_view value) {
  endList();
  if (!text_.empty()) text_ += ',';
  text_.append("\"").append(name).append("\":").append(value);
}

void FrameText::beginList(std::string_view name, double share) {
  endList();
  listName_ = name;
  listEnd_ = text_.size() + static_cast<std::size_t>(share * static_cast<double>(room()));
}

bool FrameText::add(std::string_view item) {
  PI_CHECK(!listName_.empty());
  std::size_t before = isListOpen_ ? 1 : listName_.size() + 5;  // ,"NAME":[
  std::size_t bytes = before + item.size();
  if (bytes > room() || (isListOpen_ && text_.size() + bytes > listEnd_)) return false;
  if (isListOpen_) {
    text_ += ',';
  } else {
    if (!text_.empty()) text_ += ',';
    text_.append("\"").append(listName_).append("\":[");
    isListOpen_ = true;
  }
  text_ += item;
  return true;
}

void FrameText::endList() {
  if (isListOpen_) text_ += ']';
  isListOpen_ = false;
  listName_.clear();
}

std::string FrameText::take() {
  endList();
  return "{" + std::move(text_) + "}";
}

}  // namespace pi::scheduler::live
