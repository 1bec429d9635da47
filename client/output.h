// Prints the results of commands on stdout and their remarks on stderr.
#pragma once

#include <string>

#include "client/options.h"
#include "client/render.h"
#include "common/base/exit_code.h"
#include "common/json/documents.h"
#include "common/model/job.h"

namespace pi::client {

// Writes to stdout.  Throws Failure if that fails; a pipe that its reader has closed is no failure.
void print(const std::string& text);

// Writes a line to stderr, such as a warning.
void report(const std::string& sentence);

// The style for stdout: as wide as its terminal, unless `wide` is true.
TextStyle styleOfStdout(bool wide = false);

// Prints the result of a job.
void printResult(const JobInfo& job, Output output, Place place = Place::kCluster);

// kDone if the job is finished.
ExitCode exitCodeOf(const JobInfo& job);

}  // namespace pi::client
