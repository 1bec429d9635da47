#include "scheduler/http/static_files.h"

#include <algorithm>
#include <string>

namespace pi::scheduler::http {

Answer staticFile(std::span<const dashboard::File> files, std::string_view path,
                  std::string_view known) {
  auto file = std::ranges::find(files, path, &dashboard::File::path);
  if (file == files.end()) {
    return answerOf({404, "this scheduler was built without the dashboard; its page is at /plain"});
  }
  // Kept by the browser, and asked for each time: a new scheduler may have a new page.
  Answer answer{
      .type = file->type, .caching = "no-cache", .headers = {{"ETag", std::string(file->tag)}}};
  // A list of tags in quotes, each perhaps with W/ in front.
  if (known.find(file->tag) != std::string_view::npos) {
    answer.status = 304;
    return answer;
  }
  answer.headers.emplace_back("Content-Encoding", "gzip");
  answer.body.assign(file->gzip.begin(), file->gzip.end());
  return answer;
}

}  // namespace pi::scheduler::http
