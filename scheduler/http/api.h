// The JSON API for reading: /api/v1/...
#pragma once

#include "scheduler/http/access.h"
#include "scheduler/http/answer.h"
#include "scheduler/http/overview.h"
#include "scheduler/service/client_service.h"

namespace pi::scheduler::http {

class Api {
 public:
  Api(ClientService& service, Overview& overview) : service_(service), overview_(overview) {}

  Answer cluster();
  // ?limit=N (at most kJobsPerPageMax) and ?before=JOB: a page of the jobs, the newest first.
  Answer jobs(const Target& target) const;
  Answer job(std::uint64_t id) const;
  // ?after=N: the points of a job's convergence with higher numbers.
  Answer convergence(std::uint64_t id, const Target& target) const;
  // ?limit=N (at most kWorkersPerPageMax) and ?after=WORKER: a page of the workers, by their ids.
  Answer workers(const Target& target) const;
  Answer worker(std::uint64_t id) const;
  // ?limit=N (at most kLeasesPerAnswerMax): the newest leases of a worker that are remembered, the
  // running ones last.
  Answer leases(std::uint64_t id, const Target& target) const;
  // ?limit=N (at most kLogLinesKept): the last lines of the log, the oldest of them first.
  Answer log(const Target& target) const;

 private:
  ClientService& service_;
  Overview& overview_;
};

}  // namespace pi::scheduler::http
