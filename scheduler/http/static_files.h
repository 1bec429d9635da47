// The files of the dashboard's page as answers.
#pragma once

#include <span>
#include <string_view>

#include "scheduler/dashboard/files.h"
#include "scheduler/http/answer.h"

namespace pi::scheduler::http {

// The file with this path; 304 if the browser has it already (`known`: the value of If-None-Match);
// 404 in a build without the dashboard.
// It is sent as gzip to everyone: browsers read that, and programs have no use for it.
Answer staticFile(std::span<const dashboard::File> files, std::string_view path,
                  std::string_view known);

}  // namespace pi::scheduler::http
