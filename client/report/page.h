// A report about a job, as a page for a browser or a printer.
#pragma once

#include <string>

#include "client/report/job_past.h"

namespace pi::client {

// One HTML document that needs no other file, no script and no network, and prints on two pages of
// A4.  It says what is not known any more.
std::string reportPage(const JobPast& past);

}  // namespace pi::client
