// The JSON API for reading: /api/v1/...
#pragma once

#include "scheduler/http/access.h"
#include "scheduler/http/answer.h"
#include "scheduler/service/client_service.h"

namespace pi::scheduler::http {

class Api {
 public:
  explicit Api(ClientService& service) : service_(service) {}

  Answer cluster();
  // ?limit=N (at most kJobsPerPageMax) and ?before=JOB: a page of the jobs, the newest first.
  Answer jobs(const Target& target) const;
  Answer job(std::uint64_t id) const;
  // ?limit=N (at most kWorkersPerPageMax) and ?after=WORKER: a page of the workers, by their ids.
  Answer workers(const Target& target) const;
  Answer worker(std::uint64_t id) const;
  // ?limit=N (at most kLogLinesKept): the last lines of the log, the oldest of them first.
  Answer log(const Target& target) const;

 private:
  ClientService& service_;
};

}  // namespace pi::scheduler::http
