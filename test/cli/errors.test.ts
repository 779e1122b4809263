import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand, typeCommandWith } from "./type-command.ts";

const errorSchema = z.object({ error: z.looseObject({ kind: z.string(), code: z.string(), message: z.string() }) });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a wrong command line", () => {
  it("suggests the verb that was meant, with exit code 2 and nothing on standard output", async () => {
    expect(await typeCommand("subimt", "study.yaml")).toEqual({
      code: 2,
      out: "",
      err: "error: unknown command 'subimt'\nhint: Did you mean submit? See ladder --help\n",
    });
  });

  it("suggests the option that was meant", async () => {
    expect(await typeCommand("plan", "study.yaml", "--jsn")).toEqual({
      code: 2,
      out: "",
      err: "error: unknown option '--jsn'\nhint: Did you mean --json? See ladder plan --help\n",
    });
  });

  it("says which argument is missing", async () => {
    expect(await typeCommand("submit")).toEqual({
      code: 2,
      out: "",
      err: "error: missing required argument 'study.yaml'\nhint: see ladder submit --help\n",
    });
  });

  it("names a wrong value of an option", async () => {
    const { code, err } = await typeCommand("list", "--limit", "many");
    expect(code).toBe(2);
    expect(err).toBe('error: the command line is wrong\n  --limit: must be a whole number from 1 on\n      found: "many"\n');
  });

  it("lists the formats there are", async () => {
    const { code, err } = await typeCommand("list", "-o", "yaml");
    expect(code).toBe(2);
    expect(err).toMatch(/Allowed\s+choices are table, json, jsonl, csv, name\./);
  });

  it("is a JSON object on standard error with --json", async () => {
    const { code, out, err } = await typeCommand("plan", "--json", "--no-such-flag", "x.yaml");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(errorSchema.parse(JSON.parse(err)).error).toMatchObject({
      kind: "input",
      code: "USAGE",
      message: "unknown option '--no-such-flag'",
    });
  });
});

describe("a wrong study file", () => {
  it("is told with every problem at once: path, value, fix and line", async () => {
    const file = join(folder, "study.yaml");
    await writeFile(
      file,
      [
        "study: My Study",
        "model: { architecture: transformer, sequenceLength: 32 }",
        "data: { kind: package, id: moby-dick }",
        "optimizer: { name: adam, beta1: 0.9, beta2: 0.95 }",
        "base: { width: 16 }",
        "scales: { width: [16, 20], depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51200 }",
        "parametrizations: [sp, mupp]",
        "space: { learningrate: { log2: { from: -9, to: -3, step: 1 } } }",
        "seeds: [1, 1]",
        "",
      ].join("\n"),
    );
    const { code, out, err } = await typeCommand("plan", file);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    const shown = err.replaceAll(file, "study.yaml");
    expect(shown.split("\n").filter((line) => line.length > 80)).toEqual([]);
    await expect(shown).toMatchFileSnapshot("__snapshots__/error-study-file.txt");
    for (const path of ["study", "scales.width[1]", "parametrizations[1]", "space.learningrate", "seeds[1]"])
      expect(err).toContain(`  ${path}: `);
  });

  it("that is not there names the file", async () => {
    const { code, err } = await typeCommand("plan", join(folder, "none.yaml"), "--json");
    expect(code).toBe(3);
    expect(errorSchema.parse(JSON.parse(err)).error).toMatchObject({ code: "FILE_NOT_FOUND", hint: "ladder init writes a study.yaml" });
  });
});

describe("without a stack", () => {
  it.each([["list"], ["show", "s"], ["watch", "s"], ["transfer", "s"], ["pause", "s"], ["retry", "s"], ["logs", "abc"]])(
    "%s says that nothing is running and what to do",
    async (...words) => {
      const { code, err } = await typeCommand(...words);
      expect(code).toBe(5);
      expect(err).toContain("not running");
      expect(err).toContain("hint: ladder up --detach");
    },
  );

  it("plan works all the same and says what it could not check", async () => {
    const file = join(folder, "fine.yaml");
    await writeFile(
      file,
      [
        "study: fine",
        "model: { architecture: transformer, sequenceLength: 8 }",
        "data: { kind: markov, id: source, seed: 1, vocabularySize: 8, concentration: 0.5 }",
        "optimizer: { name: adam, beta1: 0.9, beta2: 0.95 }",
        "base: { width: 16 }",
        "scales: { width: [16, 32], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 640 }",
        "parametrizations: [sp, mup]",
        "space: { learningRate: { log2: { from: -8, to: -6, step: 1 } } }",
        "seeds: [1, 2]",
        "budget: { runs: 10 }",
        "",
      ].join("\n"),
    );
    const { code, out } = await typeCommand("plan", file);
    expect(code).toBe(0);
    await expect(out.replaceAll(file, "study.yaml")).toMatchFileSnapshot("__snapshots__/plan-without-database.txt");
    const keys = (await typeCommand("plan", file, "-o", "name")).out.trim().split("\n");
    expect(keys).toHaveLength(24);
    expect(new Set(keys).size).toBe(18);
  });

  it("apply with a study file points to submit", async () => {
    expect(await typeCommand("apply", "study.yaml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("hint: to run a plan: ladder submit study.yaml") as unknown,
    });
  });

  it("an environment that cannot be used is told by variable", async () => {
    const { code, err } = await typeCommandWith({ DATABASE_URL: "mysql://user:secret@host/db" }, "list");
    expect(code).toBe(2);
    expect(err).toContain("DATABASE_URL");
    expect(err).not.toContain("secret");
  });
});
