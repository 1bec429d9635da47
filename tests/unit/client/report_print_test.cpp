// The report on paper, as Chromium prints it.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "client/report/page.h"
#include "common/model/epoch.h"
#include "tests/can_run.h"
#include "tests/temporary_folder.h"
#include "tests/unit/model/sample_jobs.h"

namespace pi::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string contentOf(const std::filesystem::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

// Runs Chromium in a folder of its own.  Its sandbox does not work for root.
void print(const std::filesystem::path& folder, const std::string& page, const std::string& pdf) {
  std::string root = ::geteuid() == 0 ? " --no-sandbox" : "";
  std::string command = "HOME='" + folder.string() + "' timeout 240 '" PI_CHROMIUM "' --headless" +
                        root + " --disable-gpu --user-data-dir='" + (folder / "profile").string() +
                        "' --no-pdf-header-footer --print-to-pdf='" + pdf + "' 'file://" + page +
                        "' >'" + (folder / "log").string() + "' 2>&1";
  int status = std::system(command.c_str());
  CAPTURE(contentOf(folder / "log"));
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
}

// The pages of a PDF file, each of which is an object of the type Page.
std::size_t pagesOf(const std::string& pdf) {
  REQUIRE(pdf.starts_with("%PDF"));
  const std::string mark = "/Type /Page";
  std::size_t pages = 0;
  for (auto at = pdf.find(mark); at != pdf.npos; at = pdf.find(mark, at + 1)) {
    pages += pdf.at(at + mark.size()) != 's';
  }
  return pages;
}

std::size_t printedPages(const JobPast& past) {
  TemporaryFolder folder;
  std::filesystem::path page = folder.path() / "report.html", pdf = folder.path() / "report.pdf";
  std::ofstream(page) << reportPage(past);
  print(folder.path(), page.string(), pdf.string());
  return pagesOf(contentOf(pdf));
}

// All texts are as long and as wide as a peer may make them, all tables are full, and nothing that
// a report can say is missing.
JobPast worstPast() {
  const std::string name(128, 'W'), reason(1024, 'W');
  JobPast past{.job = finishedJob(), .scheduler = {}};
  past.job.spec.samples = past.job.samplesCounted = kSamplesEnd - 1;
  past.job.hits.strata[0] = kSamplesEnd / 4 * 3;
  past.job.spec.name = past.job.spec.submitter = name;
  past.job.spec.targetError = 1e-9;
  past.job.reason = reason;
  past.scheduler = {
      .programVersion = "100.200.300", .gitCommit = "0123456789ab-dirty", .host = name};
  past.scheduler.uptime = seconds(60);
  past.scheduler.wallNow = past.job.submittedOn + seconds(30);
  for (std::uint32_t i = 1; i <= 500; ++i) {
    std::uint64_t samples = (kSamplesEnd - 1) / 512 * i;
    past.points.push_back({.number = i,
                           .samples = samples,
                           .hits = {.strata = {samples / 4 * 3}},
                           .elapsed = seconds(i),
                           .isPrefix = true,
                           .isCorrected = i == 100});
  }
  past.throughput = {.begin = {}, .width = seconds(1), .parts = {}};
  past.throughput.parts.assign(512, kSamplesEnd / 1024);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    WorkerId worker = workerIdOf(1'000'000, 100'000'000 + i);
    past.tracks.push_back(
        {.worker = worker,
         .profile = {
             .name = name, .host = name, .threads = 1'000'000, .kernel = name, .batchJob = name}});
    for (std::size_t outcome = 0; outcome < kLeaseOutcomes; ++outcome) {
      for (int lease = 0; lease < 20; ++lease) {
        past.leases.add({.worker = worker,
                         .range = {.begin = 0, .end = kSamplesEnd / 1'000'000},
                         .counted = kSamplesEnd / 1'000'000,
                         .begunAt = Instant(seconds(1)),
                         .endedAt = Instant(seconds(1) + milliseconds(1'234'567)),
                         .outcome = static_cast<LeaseOutcome>(outcome)});
      }
    }
  }
  past.restored = past.forgotten = kSamplesEnd / 2;
  JobAudit audit;
  audit.job = past.job.id;
  audit.faults.assign(20, "the samples [" + std::to_string(kSamplesEnd - 2) + ", " +
                              std::to_string(kSamplesEnd - 1) + ") are counted " + name);
  past.audit = audit;
  past.auditHash = std::string(64, 'd');
  past.clientVersion = "100.200.300";
  return past;
}

bool hasChromium() {
  if (std::string(PI_CHROMIUM).find('/') != std::string::npos) return true;
  return canRun("chromium", "it was not installed when cmake ran");
}

TEST_CASE("a report prints on two pages of A4, also one with many long texts and full tables") {
  if (!hasChromium()) return;
  JobPast small{.job = finishedJob(), .scheduler = {}};
  small.clientVersion = "1";
  CHECK(printedPages(small) == 2);
  CHECK(printedPages(worstPast()) == 2);
  JobPast failed = worstPast();
  failed.job.state = JobState::kFailed;
  CHECK(printedPages(failed) == 2);
}

}  // namespace
}  // namespace pi::client
