import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { stackChecks } from "../../../operations/stack/checks/index.ts";
import { ProjectFolder } from "./project-folder.ts";

let project: ProjectFolder;
beforeAll(() => {
  project = new ProjectFolder();
});
afterAll(() => project.remove());

const diagnosisSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ check: z.string(), level: z.enum(["ok", "warn", "fail"]), message: z.string(), fix: z.string().optional() })),
});

async function doctor(variables: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await project.run(["doctor", "--json"], variables);
  if (stdout === "") throw new Error(stderr);
  return { code, ...diagnosisSchema.parse(JSON.parse(stdout)) };
}

describe("doctor", () => {
  test("finds nothing to mend here, and leaves nothing behind", async () => {
    const { code, ok, checks } = await doctor();
    expect(checks.filter(({ level }) => level === "fail")).toEqual([]);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(checks.map(({ check }) => check)).toEqual(stackChecks.map(({ id }) => id));
    expect(readdirSync(project.folder)).toEqual([]);
  });

  test.each([
    ["a database that does not answer", "postgres", { DATABASE_URL: "postgresql://me:secret@127.0.0.1:1/ladder" }],
    ["a Temporal server that does not answer", "temporal", { TEMPORAL_ADDRESS: "127.0.0.1:1" }],
    ["a folder that cannot be made", "folder", { LADDER_HOME: "occupied/ladder" }],
  ])("%s fails its own line, with a fix, and the exit code is 5", async (_what, id, variables) => {
    const occupied = join(project.folder, "occupied");
    writeFileSync(occupied, "a file where a folder should be");
    onTestFinished(() => rmSync(occupied));
    const { code, ok, checks } = await doctor(variables);
    expect({ code, ok }).toEqual({ code: 5, ok: false });
    const failed = checks.filter(({ level }) => level === "fail");
    expect(failed).toEqual([expect.objectContaining({ check: id, fix: expect.stringMatching(/.{10}/) as string })]);
    expect(JSON.stringify(checks)).not.toContain("secret");
  });
});

const reportSchema = z.object({
  state: z.string(),
  message: z.string().nullable(),
  loss: z.number().nullable(),
  points: z.array(z.object({ name: z.string(), step: z.number(), value: z.number().nullable() })),
  badLines: z.array(z.object({ text: z.string(), problem: z.string() })),
  usedAgainstResolved: z.object({ status: z.string(), words: z.string() }),
  stderrTail: z.string(),
});

describe("doctor --trainer", () => {
  async function tryTrainer(code: string, options: readonly string[] = []) {
    writeFileSync(
      join(project.folder, "trainer.mjs"),
      `import { appendFileSync, readFileSync } from "node:fs";\nconst run = JSON.parse(readFileSync(process.env.LADDER_RUN, "utf8"));\nconst say = (line) => appendFileSync(process.env.LADDER_METRICS, line + "\\n");\n${code}`,
    );
    const ended = await project.run(["doctor", "--json", ...options, "--trainer", "--", process.execPath, "trainer.mjs"]);
    if (ended.stdout === "") throw new Error(ended.stderr);
    return { code: ended.code, ...reportSchema.parse(JSON.parse(ended.stdout)) };
  }

  test("shows every point and every bad line of twenty steps, and stores nothing", async () => {
    const report = await tryTrainer(
      'const steps = run.schedule.totalSteps; for (let step = 1; step <= steps; step++) say(JSON.stringify({ step, loss: 5 - step / 10 }));\nsay("nonsense");\nsay(JSON.stringify({ event: "done", step: steps, loss: 3 }));',
    );
    expect(report).toMatchObject({ code: 0, state: "finished", loss: 3 });
    expect(report.points.map(({ name, step, value }) => [name, step, value])).toEqual(
      Array.from({ length: 20 }, (_, index) => ["loss", index + 1, 5 - (index + 1) / 10]),
    );
    expect(report.badLines).toEqual([{ text: "nonsense", problem: expect.stringContaining("JSON") as string }]);
    expect(readdirSync(project.folder)).toEqual(["trainer.mjs"]);
  });

  test("a trainer that fails is shown with the end of its error output, exit code 5", async () => {
    expect(await tryTrainer('console.error("cannot find the data"); process.exit(3);')).toMatchObject({
      code: 5,
      state: "failed",
      stderrTail: expect.stringContaining("cannot find the data") as string,
    });
  });

  test("a trainer that gives every group one rate is told so, tensor by tensor, exit code 5", async () => {
    const body = (rate: string) =>
      `const { shape, warmupSteps, totalSteps } = run.schedule; if (shape !== "linear") process.exit(9);
       const factor = (n) => (n < warmupSteps ? (n + 1) / warmupSteps : 1 - (n - warmupSteps) / (totalSteps - warmupSteps));
       for (let step = 1; step <= totalSteps; step++) say(JSON.stringify({ step, loss: 2, ...Object.fromEntries(run.tensors.map((row) => ["learningRate/" + row.group, ${rate} * factor(step - 1)])) }));
       say(JSON.stringify({ event: "done", step: totalSteps, loss: 2 }));`;
    expect(await tryTrainer(body("row.learningRate"))).toMatchObject({ code: 0, usedAgainstResolved: { status: "passed" } });
    const { code, usedAgainstResolved } = await tryTrainer(body("0.0078125"));
    expect({ code, status: usedAgainstResolved.status }).toEqual({ code: 5, status: "failed" });
    expect(usedAgainstResolved.words).toMatch(
      /^learning rate of blocks\.0\..* and 9 more at step 1: .* every group was given one absolute rate/,
    );
  });

  test("a trainer that never ends is stopped", async () => {
    expect(await tryTrainer("setInterval(() => {}, 1000);", ["--timeout", "3"])).toMatchObject({ code: 5, state: "timeout" });
    expect(project.processes()).toEqual([]);
  });

  test("the reference trainer passes", async () => {
    const { code, stdout, stderr } = await project.run(["doctor", "--trainer"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/step {2}20 .*loss=/);
    expect(stdout.replaceAll("\n", " ")).toContain("used what was resolved: the learning rates of 15 of 15 tensors are as resolved");
  });

  test("what belongs to --trainer is refused without it", async () => {
    expect(await project.run(["doctor", "--timeout", "3"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--trainer") as string,
    });
  });
});
