// The changes that a page with control may make.  Each call answers null, or why it failed.

export function cancelJob(job: number): Promise<string | null> {
  return post(`api/v1/jobs/${job}/cancel`, "{}");
}

export function setPriority(job: number, priority: number): Promise<string | null> {
  return post(`api/v1/jobs/${job}/priority`, JSON.stringify({ priority }));
}

export interface Submission {
  samples: bigint;
  sampler: string;
  name: string;
}

// `requestId` makes a repeated submission the same job.
export function submitJob(submission: Submission, requestId: string): Promise<string | null> {
  const { samples, sampler, name } = submission;
  const rest = { sampler, request_id: requestId, ...(name === "" ? {} : { name }) };
  // JSON.stringify() has no integers beyond 2^53.
  return post("api/v1/jobs", `{"samples":${samples},${JSON.stringify(rest).slice(1)}`);
}

async function post(path: string, body: string): Promise<string | null> {
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body,
    });
    if (answer.ok) return null;
    const { error } = (await answer.json()) as { error?: string };
    return error ?? `the scheduler answered ${answer.status}`;
  } catch {
    return "the scheduler does not answer; try again when it is back";
  }
}
