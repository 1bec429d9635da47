// The lines by which people start workers and jobs, as the dashboard shows them to be copied.
#pragma once

#include <string>

namespace pi::scheduler::http {

// All that the lines depend on.
struct StartPlace {
  std::string connectionFile{};    // Its path; empty: programs find it by themselves.
  bool needsCertificates = false;  // Programs need certificates of the site.
  std::string folder{};            // That of the programs; empty: they are in the PATH.
  std::string batchScript = "scripts/slurm/worker.sbatch";
};

// For a shell of a machine that sees the same files.
struct StartCommands {
  std::string worker{};         // A worker.
  std::string batchJob{};       // A node of Slurm.
  std::string client{};         // The client, without words and options.
  std::string clientOptions{};  // Its options; may be empty.
};

// Paths are quoted for the shell where they need it.
StartCommands startCommands(const StartPlace& place);

}  // namespace pi::scheduler::http
