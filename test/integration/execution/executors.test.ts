import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Executor, JobSpec, JobStatus } from "../../../infra/executors/executor.ts";
import { executorKinds, findExecutorKind } from "../../../infra/executors/index.ts";
import { jobFiles, listLocalJobs, readJobFile, stopLocalJobs } from "../../../infra/executors/local-job.ts";
import { isAlive, processStartTime, waitFor } from "../../../infra/processes.ts";

const fastTrainer = fileURLToPath(new URL("./fast-trainer.mjs", import.meta.url));

let home: string;
let journal: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ladder-executor-"));
  journal = join(home, "journal.jsonl");
});
afterEach(async () => {
  await stopLocalJobs(home, { graceMs: 0 });
  await rm(home, { recursive: true, force: true });
});

const environment = () => ({
  ...process.env,
  FAST_TRAINER_JOURNAL: journal,
  DATABASE_URL: "postgres://secret",
  TEMPORAL_API_KEY: "secret",
  PGPASSWORD: "secret",
});

async function prepareJob(
  runKey: string,
  hyperparameters: Readonly<Record<string, number>>,
  changes: Partial<JobSpec> = {},
): Promise<JobSpec> {
  const folder = join(home, "runs", runKey, "attempt-1");
  await mkdir(folder, { recursive: true });
  const files = jobFiles(folder);
  await writeFile(
    files.run,
    JSON.stringify({
      runKey,
      attempt: 1,
      resumeFrom: null,
      hyperparameters,
      scale: { batchSizeTokens: 32 },
      checkpoint: { folder: join(home, "runs", runKey, "checkpoints") },
    }),
  );
  return {
    attemptKey: `${runKey}/1`,
    folder,
    command: [process.execPath, fastTrainer],
    workingDirectory: home,
    variables: { LADDER_RUN: files.run, LADDER_METRICS: files.metrics, LADDER_ATTEMPT: `${runKey}/1` },
    ...changes,
  };
}

async function untilEnded(executor: Executor, jobId: string): Promise<JobStatus> {
  let status: JobStatus = { state: "running" };
  await waitFor(
    async () => {
      status = (await executor.poll([jobId])).get(jobId) ?? { state: "unknown" };
      return status.state !== "running";
    },
    { timeoutMs: 15_000 },
  );
  return status;
}

async function starts(): Promise<readonly string[]> {
  const text = await readFile(journal, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line.includes('"start"'));
}

describe.each(executorKinds.map((kind) => [kind.id, kind] as const))("executor %s", (_id, kind) => {
  const create = () => kind.create({ home, environment: environment() });

  it("runs a trainer to its end, with the contract's variables and without our secrets", async () => {
    const executor = create();
    const script =
      "const {LADDER_RUN,LADDER_METRICS,LADDER_ATTEMPT,DATABASE_URL,TEMPORAL_API_KEY,PGPASSWORD}=process.env;console.log(JSON.stringify({LADDER_RUN,LADDER_METRICS,LADDER_ATTEMPT,DATABASE_URL,TEMPORAL_API_KEY,PGPASSWORD,cwd:process.cwd(),argv:process.argv.slice(1)}));console.error('to stderr')";
    // Blanks, quotes and dollar signs reach the trainer as they are: no shell is in between.
    const job = await prepareJob("plain", {}, { command: [process.execPath, "-e", script, "--", "a b", "$HOME", "'\"`;"] });
    const { jobId, created } = await executor.submit(job);
    expect(created).toBe(true);
    expect(await untilEnded(executor, jobId)).toMatchObject({ state: "exited", exitCode: 0, signal: null });
    expect(JSON.parse(await readFile(executor.logs(jobId).stdout, "utf8"))).toEqual({
      ...job.variables,
      cwd: home,
      argv: ["a b", "$HOME", "'\"`;"],
    });
    expect(await readFile(executor.logs(jobId).stderr, "utf8")).toBe("to stderr\n");
  });

  it("starts one job however often it is submitted, also at once and by another executor object", async () => {
    const [first, second] = [create(), create()];
    const job = await prepareJob("twice", { steps: 20, stepMs: 10 });
    const submissions = await Promise.all([first.submit(job), second.submit(job), first.submit(job)]);
    expect(submissions.filter((submission) => submission.created)).toHaveLength(1);
    expect(new Set(submissions.map((submission) => submission.jobId)).size).toBe(1);
    await untilEnded(first, submissions[0].jobId);
    expect(await second.submit(job)).toMatchObject({ created: false, jobId: submissions[0].jobId });
    expect(await starts()).toHaveLength(1);
  });

  it("says how a job ended: exit code, signal, a program that is not there", async () => {
    const executor = create();
    const crash = await executor.submit(await prepareJob("crash", { crashAtStep: 1 }));
    expect(await untilEnded(executor, crash.jobId)).toMatchObject({ state: "exited", exitCode: 1 });
    const missing = await executor.submit(await prepareJob("missing", {}, { command: ["no-such-program-anywhere"] }));
    expect(await untilEnded(executor, missing.jobId)).toMatchObject({
      state: "exited",
      exitCode: null,
      startError: expect.stringContaining("no-such-program-anywhere") as string,
    });
  });

  it("preempts: SIGTERM, checkpoint, exit 75", async () => {
    const executor = create();
    const { jobId } = await executor.submit(await prepareJob("preempt", { steps: 10_000, stepMs: 5 }));
    await waitFor(async () => (await starts()).length === 1, { timeoutMs: 10_000 });
    await executor.cancel(jobId, { graceMs: 10_000 });
    expect(await untilEnded(executor, jobId)).toMatchObject({ state: "exited", exitCode: 75 });
  });

  it("kills what does not stop within the grace", async () => {
    const executor = create();
    const { jobId } = await executor.submit(await prepareJob("stubborn", { steps: 10_000, stepMs: 5, ignoreTerm: 1 }));
    await waitFor(async () => (await starts()).length === 1, { timeoutMs: 10_000 });
    await executor.cancel(jobId, { graceMs: 100 });
    expect(await untilEnded(executor, jobId)).toMatchObject({ state: "exited", signal: "SIGKILL" });
  });

  it("does not know a job that was never submitted, and cancelling it is fine", async () => {
    const executor = create();
    expect((await executor.poll(["runs/nobody/attempt-1"])).get("runs/nobody/attempt-1")).toEqual({ state: "unknown" });
    await executor.cancel("runs/nobody/attempt-1", { graceMs: 0 });
  });

  it("answers for many jobs at once", async () => {
    const executor = create();
    const jobs = await Promise.all(
      [0, 1, 2].map(async (index) => executor.submit(await prepareJob(`many-${index}`, { crashAtStep: index }))),
    );
    for (const { jobId } of jobs) await untilEnded(executor, jobId);
    const statuses = await executor.poll(jobs.map((job) => job.jobId));
    expect([...statuses.values()].map((status) => status.state)).toEqual(["exited", "exited", "exited"]);
  });

  it("gives a run that is at work its slot at once, and makes others wait", async () => {
    const executor = create();
    const signal = new AbortController().signal;
    const release = await executor.reserve("a", { limit: 1, signal });
    const again = await executor.reserve("a", { limit: 1, signal });
    const order: string[] = [];
    const waiting = executor.reserve("b", { limit: 1, signal }).then((free) => {
      order.push("b");
      free();
    });
    const given = new AbortController();
    const refused = expect(executor.reserve("c", { limit: 1, signal: given.signal })).rejects.toThrow("enough");
    given.abort(new Error("enough"));
    await refused;
    release();
    expect(order).toEqual([]);
    again();
    await waiting;
    expect(order).toEqual(["b"]);
  });
});

describe("the local executor", () => {
  const create = () => findExecutorKind("local").create({ home, environment: environment() });

  it("adopts: a job outlives the process that submitted it, and another one sees it to its end", async () => {
    const job = await prepareJob("adopted", { steps: 150, stepMs: 10 });
    const script = `import { findExecutorKind } from ${JSON.stringify(new URL("../../../infra/executors/index.ts", import.meta.url).href)};
      await findExecutorKind("local").create({ home: ${JSON.stringify(home)}, environment: process.env }).submit(JSON.parse(process.argv[1]));
      process.kill(process.pid, "SIGKILL");`;
    const worker = promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script, JSON.stringify(job)], {
      env: environment(),
    });
    await expect(worker).rejects.toMatchObject({ signal: "SIGKILL" });
    const executor = create();
    const before = await readJobFile(job.folder);
    const { jobId, created } = await executor.submit(job);
    expect(created).toBe(false);
    expect((await executor.poll([jobId])).get(jobId)).toEqual({ state: "running" });
    expect(await untilEnded(executor, jobId)).toMatchObject({ state: "exited", exitCode: 0 });
    expect(before?.trainer?.pid).toBe((await readJobFile(job.folder))?.trainer?.pid);
    expect(await starts()).toHaveLength(1);
  });

  it("counts the jobs of an earlier worker among those that hold slots", async () => {
    const job = await prepareJob("orphan", { steps: 60, stepMs: 10 });
    const { jobId } = await create().submit(job);
    const later = create();
    let running = true;
    const waiting = later.reserve("other", { limit: 1, signal: new AbortController().signal }).then(() => {
      running = false;
    });
    expect((await later.poll([jobId])).get(jobId)).toEqual({ state: "running" });
    expect(running).toBe(true);
    (await later.reserve("orphan", { limit: 1, signal: new AbortController().signal }))();
    await waiting;
    expect((await later.poll([jobId])).get(jobId)).toMatchObject({ state: "exited" });
  });

  it("still sees the trainer when the launcher was killed, and calls it lost when it ends unseen", async () => {
    const executor = create();
    const job = await prepareJob("unseen", { steps: 10_000, stepMs: 5 });
    const { jobId } = await executor.submit(job);
    const { pid, trainer } = (await readJobFile(job.folder)) ?? {};
    if (pid === undefined || !trainer) throw new Error("no job file");
    process.kill(pid, "SIGKILL");
    await waitFor(() => processStartTime(pid) === null, { timeoutMs: 5000 });
    expect((await executor.poll([jobId])).get(jobId)).toEqual({ state: "running" });
    process.kill(trainer.pid, "SIGKILL");
    expect(await untilEnded(executor, jobId)).toMatchObject({ state: "lost" });
    expect((await executor.submit(job)).created).toBe(false);
  });

  it("ends what a trainer leaves behind in its process group", async () => {
    const executor = create();
    const script =
      'const child=require("child_process").spawn(process.execPath,["-e","setInterval(()=>{},1000)"],{stdio:"ignore"});console.log(child.pid);child.unref();process.exit(0)';
    const { jobId } = await executor.submit(await prepareJob("leftovers", {}, { command: [process.execPath, "-e", script] }));
    await untilEnded(executor, jobId);
    const pid = Number(await readFile(executor.logs(jobId).stdout, "utf8"));
    expect(pid).toBeGreaterThan(1);
    expect(await waitFor(() => processStartTime(pid) === null, { timeoutMs: 5000 })).toBe(true);
  });

  it("does not take another process that got the same number for its job", async () => {
    const executor = create();
    const job = await prepareJob("reused", {});
    const stranger = spawn(process.execPath, ["-e", "setInterval(()=>{},1000)"], { stdio: "ignore" });
    const { pid } = stranger;
    if (pid === undefined) throw new Error("no process");
    await writeFile(
      jobFiles(job.folder).job,
      JSON.stringify({ attemptKey: job.attemptKey, pid, startTime: "before", startedAt: "", trainer: { pid, startTime: "before" } }),
    );
    expect((await executor.poll(["runs/reused/attempt-1"])).get("runs/reused/attempt-1")).toMatchObject({ state: "lost" });
    expect(await stopLocalJobs(home, { graceMs: 0 })).toBe(0);
    expect(processStartTime(pid)).not.toBeNull();
    stranger.kill("SIGKILL");
  });

  it("lists and stops everything that runs, for `down`", async () => {
    const executor = create();
    const jobs = await Promise.all(["x", "y"].map(async (name) => executor.submit(await prepareJob(name, { steps: 10_000, stepMs: 5 }))));
    await waitFor(async () => (await starts()).length === 2, { timeoutMs: 10_000 });
    const listed = await listLocalJobs(home);
    expect(listed.map((job) => job.attemptKey).sort()).toEqual(["x/1", "y/1"]);
    expect(await stopLocalJobs(home, { graceMs: 10_000 })).toBe(2);
    expect(listed.flatMap((job) => [job.launcher, job.trainer ?? job.launcher]).filter(isAlive)).toEqual([]);
    for (const { jobId } of jobs) expect((await executor.poll([jobId])).get(jobId)).toMatchObject({ state: "exited", exitCode: 75 });
    expect(await listLocalJobs(home)).toEqual([]);
  });

  it("refuses settings it does not know, and names the executors that exist", () => {
    expect(findExecutorKind("local").settingsSchema.safeParse({ name: "local", slots: 2 }).success).toBe(true);
    expect(findExecutorKind("local").settingsSchema.safeParse({ name: "local", partition: "gpu" }).success).toBe(false);
    expect(() => findExecutorKind("lokal")).toThrow('there is no executor "lokal"');
  });
});
