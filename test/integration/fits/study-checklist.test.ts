import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { recordCheckpoint } from "../../../infra/postgres/checkpoints.ts";
import { claimAttempt } from "../../../infra/postgres/attempts.ts";
import { typeCommandWith } from "../../cli/type-command.ts";
import { finishRuns, prepareMeasured, writeMeasured } from "../cli/measured-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";
let fit = "";
const prepared = prepareMeasured({
  scales: { width: [16, 32, 48, 64, 96, 128], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 640 },
});
const type = (...words: readonly string[]) => typeCommandWith({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "nowhere:1" }, ...words);
const reportSchema = z.object({
  items: z.array(z.object({ id: z.string(), state: z.enum(["filled", "answered", "open"]), text: z.string() })),
  open: z.array(z.string()),
  notes: z.array(z.string()),
});

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-checklist-"));
  await writeMeasured(database.db, prepared);
  const tuned = prepared.trials.find(
    ({ parametrization, hyperparameters }) => parametrization === "mup" && hyperparameters["learningRate"] === 2 ** -6,
  );
  const runKey = tuned?.runs[0]?.runKey ?? "";
  const claim = { runKey, executor: "local", codeCommit: "0123456789abcdef", dirtyDigest: null, folderRoot: "/nowhere" };
  const { attempt } = await claimAttempt(database.db, claim);
  await recordCheckpoint(database.db, { runKey, attempt, step: 10, path: "/nowhere/step-10" });
  await finishRuns(database.db, prepared.trials, (trial, seed) => {
    const rate = trial.hyperparameters["learningRate"] ?? 0;
    if (trial.parametrization !== "mup" || rate < 2 ** -4) return "finished";
    return trial.scale.width === 128 && seed === 1 ? "failed" : "diverged";
  });
  const printed = await type(
    "fit",
    "measured",
    "--where",
    'parametrization == "mup"',
    "--law",
    "power-of-size",
    "--draws",
    "100",
    "-o",
    "name",
  );
  expect(printed.err).toBe("");
  fit = printed.out.trim();
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the checklist of a study's fit", () => {
  it("leaves the principle of the form alone to its author, and is refused while it is missing", async () => {
    const strict = await type("checklist", fit, "--strict");
    expect(strict.code).toBe(10);
    expect(strict.out).toContain("1 of 29 items are open: 1.4.");
    const answered = await type("checklist", fit, "--strict", "--answer", "1.4=one power of size, at one number of tokens");
    expect({ code: answered.code, err: answered.err }).toEqual({ code: 0, err: "" });
    expect(answered.out).toContain("all 29 items are settled");
    expect(answered.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    await expect(
      answered.out
        .replaceAll(fit, "fit-0123456789")
        .replace(/\(rows [0-9a-f]{12}\), Ladder .*/, "(rows …)")
        .replace(/hash [0-9a-f]{12}/, "hash …"),
    ).toMatchFileSnapshot("__snapshots__/study-checklist.txt");
  });

  it("says of the runs what Postgres holds: states, sizes, data, rules, edges, code, checkpoints, seeds", async () => {
    const { items, notes } = reportSchema.parse(JSON.parse((await type("checklist", fit, "--json")).out));
    const of = (id: string): string => items.find((item) => item.id === id)?.text ?? "";
    expect(notes).toEqual([]);
    expect(of("2.1")).toContain("failed: 2 trainer-bug");
    expect(of("2.2")).toContain("16x1:");
    expect(of("2.3")).toContain("markov source, seed 1, not hashed; drawn anew, nothing is repeated");
    expect(of("2.5")).toContain("learningRate swept over 9 values in 6 of 6 cells");
    expect(of("2.5")).toContain("no best value lies on the edge of its grid");
    expect(of("2.6")).toContain("width / depth drifts from 16 to 128");
    expect(of("2.7")).toBe("Ladder's reference trainer, version 1, program digest cccccccccccc; 12 at commit 0123456789ab; by local");
    expect(of("3.1")).toBe("1 of 12 runs, such as /nowhere/step-10");
    expect(of("+1")).toContain("over seeds, pooled over");
    expect(of("+6")).toMatch(/^the study's target, width=256/);
  });

  it("is followed by a sensitivity that takes the other count of parameters from the record", async () => {
    const { code, out } = await type("sensitivity", fit);
    expect(code).toBe(0);
    expect(out).toMatch(/\ncounting\n {2}N without embeddings .* 12\n/);
    expect(out).toContain("with another counting of N");
  });

  it("is written as a page of Markdown, and without its database says what it could not read", async () => {
    const page = join(folder, "checklist.md");
    expect((await type("checklist", fit, "--output", page)).code).toBe(0);
    const written = await readFile(page, "utf8");
    expect(written).toContain("# Reporting checklist of power-of-size");
    expect(written).toContain("| 1.4 | principle the form is derived from | **open:** ");
    const file = join(folder, "fit.json");
    const kept = await type(
      "fit",
      "measured",
      "--where",
      'parametrization == "mup"',
      "--law",
      "power-of-size",
      "--draws",
      "100",
      "--output",
      file,
    );
    expect(kept.code).toBe(0);
    const alone = reportSchema.parse(
      JSON.parse((await typeCommandWith({ LADDER_HOME: join(folder, "home") }, "checklist", file, "--json")).out),
    );
    expect(alone.notes).toEqual(["the record of study measured was not read: no database is running (ladder up)"]);
    expect(alone.open).toContain("2.7");
  });
});
