// The keys of a job in JSON, in their order: the same ones for every job, in every command.
#pragma once

#include <string>
#include <vector>

namespace pi::testing {

inline const std::vector<std::string> kJobKeys{"schema",
                                               "job",
                                               "uid",
                                               "name",
                                               "submitter",
                                               "local",
                                               "state",
                                               "reason",
                                               "waiting_for_disk",
                                               "workers_awaited",
                                               "priority",
                                               "submitted_at",
                                               "started_at",
                                               "ended_at",
                                               "samples",
                                               "samples_text",
                                               "extended_from",
                                               "extended_from_text",
                                               "samples_counted",
                                               "samples_counted_text",
                                               "hits",
                                               "hits_text",
                                               "pi",
                                               "pi_text",
                                               "standard_error",
                                               "ci95",
                                               "target_error",
                                               "target_reached",
                                               "seed",
                                               "seed_text",
                                               "sampler",
                                               "counted_by",
                                               "stream_version",
                                               "chunk_size",
                                               "chunk_size_text",
                                               "chunks",
                                               "chunks_text",
                                               "chunks_counted",
                                               "chunks_counted_text",
                                               "waiting_seconds",
                                               "wall_seconds",
                                               "samples_per_second",
                                               "samples_per_second_text",
                                               "workers_now",
                                               "workers",
                                               "threads",
                                               "duplicates_dropped",
                                               "duplicates_dropped_text"};

}  // namespace pi::testing
