// HTML without scripts, for pages that the scheduler writes itself.
#pragma once

#include <string>
#include <string_view>

namespace pi::scheduler::http {

// The same text, without characters that could add elements.
std::string escaped(std::string_view text);

// A document with the plain style.  `title` is text, `body` HTML.  A page of figures asks for
// itself again every few seconds.
enum class Refresh { kNever, kOften };
std::string htmlDocument(std::string_view title, std::string_view body, Refresh refresh);

// The style of all these pages, at /plain.css.
std::string_view plainStyle();

}  // namespace pi::scheduler::http
