#include "client/output.h"

#include <unistd.h>

#include <cstdio>

#include "client/failure.h"
#include "common/cli/terminal.h"
#include "common/json/documents.h"
#include "common/model/target.h"

namespace pi::client {

void print(const std::string& text) {
  if (std::optional<std::string> failure = cli::writeToStdout(text)) {
    throw Failure(ExitCode::kFailed, *failure);
  }
}

void report(const std::string& sentence) {
  std::fprintf(stderr, "pi-client: %s\n", sentence.c_str());
}

TextStyle styleOfStdout(bool wide) {
  TextStyle style;
  if (!cli::isUtf8Locale()) style.plusMinus = kPlusMinusAscii;
  if (!wide) style.columns = cli::layoutColumns(STDOUT_FILENO).value_or(0);
  return style;
}

void printResult(const JobInfo& job, Output output, Place place) {
  switch (output) {
    case Output::kText:
      return print(resultText(job, styleOfStdout()));
    case Output::kJson:
      return print(jsonLine(jobObject(job, place)));
    case Output::kQuiet:
      return print(quietText(job));
  }
}

ExitCode exitCodeOf(const JobInfo& job) {
  bool isDone = job.state == JobState::kFinished && isTargetReached(job).value_or(true);
  return isDone ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace pi::client
