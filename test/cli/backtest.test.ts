import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runCommandLine } from "../../cli/program.ts";
import { readSettings } from "../../infra/settings.ts";
import { recordingStreams } from "../unit/cli/recording-streams.ts";
import { typeCommand } from "./type-command.ts";

const published = (path: string): string => fileURLToPath(new URL(`../published/${path}`, import.meta.url));
const stepLaw = ["--data", published("steplaw/runs.csv"), "--map", "learningRate=lr,B=2048*bs,loss=`smooth loss`"];
const oneCell = ["--where", "N == 214663680 and D == 100000000000"];

const documentSchema = z.object({
  source: z.string(),
  runs: z.number(),
  designs: z.number(),
  diverged: z.number(),
  leftOut: z.record(z.string(), z.number()),
  costSource: z.string(),
  costUnit: z.string(),
  surface: z.object({ leaveOneOutError: z.number(), spreadOfLosses: z.number(), noise: z.number() }).nullable(),
  searched: z.object({ parameters: z.array(z.looseObject({ kind: z.string(), name: z.string() })) }),
  strategies: z.array(
    z.looseObject({
      strategy: z.string(),
      offGrid: z.object({ asked: z.number(), offGrid: z.number(), medianDistance: z.number(), largestDistance: z.number() }),
    }),
  ),
  costs: z.array(z.number()),
  regret: z.array(z.object({ strategy: z.string(), median: z.array(z.number()), low: z.array(z.number()), high: z.array(z.number()) })),
  rankings: z.array(z.looseObject({ measure: z.string(), strategies: z.array(z.looseObject({ strategy: z.string() })) })),
  scores: z.array(z.looseObject({ strategy: z.string(), seed: z.number(), final: z.number() })),
  warnings: z.array(z.string()),
  files: z.array(z.string()),
});

async function documentOf(...words: readonly string[]): Promise<z.infer<typeof documentSchema>> {
  const { code, out, err } = await typeCommand("backtest", ...words, "--json");
  expect(code, err).toBe(0);
  return documentSchema.parse(JSON.parse(out));
}

let folder = "";
const path = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-backtest-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder backtest", () => {
  it("compares strategies on published runs in 80 columns", async () => {
    const { code, out, err } = await typeCommand("backtest", ...stepLaw, ...oneCell, "--strategies", "random,sobol", "--budget", "30");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    await expect(out).toMatchFileSnapshot("__snapshots__/backtest.txt");
  });

  it("prints the same bits each time, for programs", async () => {
    const words = [...stepLaw, ...oneCell, "--strategies", "random,sobol", "--budget", "10", "--seeds", "4"];
    const document = await documentOf(...words);
    expect(await documentOf(...words)).toEqual(document);
    expect(document).toMatchObject({ runs: 120, designs: 120, leftOut: { where: 1626 }, costSource: "6ND", costUnit: "FLOPs" });
    expect(document.searched.parameters.map(({ name }) => name)).toEqual(["learningRate", "B"]);
    expect(document.scores).toHaveLength(8);
    expect(document.scores.every(({ final }) => final >= 0)).toBe(true);
    // One size and one horizon: every run costs the same.
    expect(document.costs[0]).toBeCloseTo(6 * 214663680 * 1e11, -10);
    expect(document.costs.at(-1)).toBeCloseTo(10 * 6 * 214663680 * 1e11, -10);
    const other = await documentOf(...words, "--first-seed", "8");
    expect(other.scores.map(({ seed }) => seed)).toEqual([8, 9, 10, 11, 8, 9, 10, 11]);
    expect(other.regret).not.toEqual(document.regret);
  });

  it("searches sizes and horizons too, at their cost, and keeps within a budget of compute", async () => {
    const document = await documentOf(...stepLaw, "--strategies", "random", "--budget", "3e21flops", "--seeds", "3", "--parallel", "2");
    expect(document.searched.parameters.map(({ name }) => name)).toEqual(["learningRate", "B", "N", "D"]);
    expect(document.costs.at(-1)).toBeLessThanOrEqual(3e21 * (1 + 1e-9));
    expect(document.rankings.map(({ measure }) => measure)).toEqual(["anytime", "final", "front"]);
  });

  it("asks a surface with its noise where it is told to, and says how good that is", async () => {
    const document = await documentOf(
      ...[...stepLaw, ...oneCell, "--strategies", "random", "--budget", "6", "--seeds", "2", "--answer", "surface"],
    );
    expect(document.surface?.leaveOneOutError).toBeLessThan(0.2 * (document.surface?.spreadOfLosses ?? 0));
    expect(document.surface?.noise).toBeGreaterThan(0);
  });

  it("takes the one-epoch baseline on checkpoints", async () => {
    const words = [
      ...["--data", published("misfitting/checkpoints.csv"), "--search", "N,peak_lr,train_tokens,portion_steps_elapsed"],
      ...[
        "--strategies",
        "one-epoch,random",
        "--settings",
        "one-epoch.fidelity=portion_steps_elapsed",
        "--settings",
        "one-epoch.candidates=9",
      ],
      ...["--budget", "12", "--seeds", "2"],
    ];
    const document = await documentOf(...words);
    expect(document).toMatchObject({ runs: 4843, leftOut: { "there twice": 9 } });
    expect(document.strategies.map(({ strategy, offGrid }) => [strategy, offGrid.asked])).toEqual([
      ["one-epoch", 24],
      ["random", 24],
    ]);
  });

  it("takes words as choices, runs that diverged as results, and repetitions as such", async () => {
    const rows = ["adamw", "muon"].flatMap((optimizer, kind) =>
      [1e-3, 1e-2, 1e-1].flatMap((rate, index) =>
        [0, 1].map(
          (seed) => `${optimizer},${rate},${seed},${index === 2 && kind === 1 ? "nan" : 3 - 0.1 * index - 0.2 * kind + 0.01 * seed}`,
        ),
      ),
    );
    await writeFile(path("optimizers.csv"), ["optimizer,lr,seed,loss", ...rows, "adamw,0.01,7,"].join("\n"));
    const document = await documentOf(
      ...["--data", path("optimizers.csv"), "--search", "optimizer,lr", "--strategies", "random", "--budget", "12", "--seeds", "2"],
    );
    expect(document).toMatchObject({ runs: 12, designs: 6, diverged: 2, leftOut: { "without a loss": 1 }, costUnit: "runs", warnings: [] });
    expect(document.searched.parameters).toMatchObject([
      { kind: "choice", name: "optimizer" },
      { kind: "numeric", name: "lr", scale: "log" },
    ]);
  });

  it("warns of repetitions that differ in what is not searched", async () => {
    const words = ["--data", published("gemstones/mup_lr_preflight.csv"), "--search", "lr", "--strategies", "random", "--budget", "4"];
    const { warnings } = await documentOf(...words);
    expect(warnings).toEqual([expect.stringMatching(/^24 runs share lr .* and differ in width, depth: they are drawn as repetitions/)]);
  });

  it("writes the figure as a page and as JSON", async () => {
    const { code, out, err } = await typeCommand(
      "backtest",
      ...[...stepLaw, ...oneCell, "--strategies", "random,sobol", "--budget", "5", "--seeds", "2"],
      ...["--output", path("regret.html"), "--output", path("regret.json")],
    );
    expect(code, err).toBe(0);
    expect(out).toContain(path("regret.html"));
    const page = await readFile(path("regret.html"), "utf8");
    for (const words of ["Strategies on runs.csv", "By final regret", "6 seeds are the fewest that could", "Asked for what nobody ran"])
      expect(page).toContain(words);
    const figure: unknown = JSON.parse(await readFile(path("regret.json"), "utf8"));
    expect(figure).toMatchObject({ layout: { xaxis: { title: { text: "spent (FLOPs)" } } } });
  });

  it("ends at an interruption", async () => {
    const controller = new AbortController();
    const streams = recordingStreams();
    const words = ["backtest", ...stepLaw, "--strategies", "random", "--budget", "100000", "--seeds", "1000"];
    const run = runCommandLine(words, {
      streams,
      readSettings: () => readSettings({}, "/nowhere"),
      interrupted: controller.signal,
      version: "0",
    });
    setImmediate(() => controller.abort("SIGINT"));
    expect(await run).toBe(130);
    expect(streams.read().out).toBe("");
  });
});

describe("ladder backtest refuses", () => {
  const refusalOf = async (
    ...words: readonly string[]
  ): Promise<{ readonly exit: number; readonly code: string; readonly text: string }> => {
    const { code, err } = await typeCommand("backtest", ...words, "--json");
    const { error } = z.object({ error: z.looseObject({ code: z.string() }) }).parse(JSON.parse(err));
    return { exit: code, code: error.code, text: err };
  };
  const asked = ["--strategies", "random", "--budget", "3"];
  const cases: readonly (readonly [string, readonly string[], number, string, string])[] = [
    ["a strategy that there is not", [...stepLaw, "--strategies", "randon", "--budget", "3"], 2, "SEARCHER_UNKNOWN", "known: "],
    ["a file that is not there", ["--data", "nothing.csv", ...asked], 3, "FILE_NOT_FOUND", "nothing.csv"],
    ["a column that there is not", [...stepLaw, ...asked, "--search", "lrr"], 2, "COLUMN_UNKNOWN", "did you mean lr?"],
    [
      "runs of several sizes as repetitions",
      [...stepLaw, ...asked, "--search", "learningRate,B"],
      2,
      "SCALES_MIXED",
      "--search learningRate,B,N",
    ],
    ["what nothing varies in", [...stepLaw, ...oneCell, ...asked, "--search", "N"], 2, "RECORDED_RUNS_TOO_FEW", "to search"],
    [
      "a budget below every run",
      [...stepLaw, "--strategies", "random", "--budget", "1e15flops"],
      2,
      "BUDGET_BELOW_EVERY_RUN",
      "the cheapest costs",
    ],
    ["a budget that is none", [...stepLaw, "--strategies", "random", "--budget", "3.5"], 2, "USAGE", "number of runs"],
    [
      "a strategy without its settings",
      [...stepLaw, "--strategies", "one-epoch", "--budget", "3"],
      2,
      "STRATEGY_SETTINGS_INVALID",
      "one-epoch.fidelity",
    ],
    [
      "settings of a strategy that takes no part",
      [...stepLaw, ...asked, "--settings", "sobol.x=1"],
      2,
      "STRATEGY_SETTINGS_INVALID",
      "sobol",
    ],
    ["a figure of an unknown kind", [...stepLaw, ...asked, "--output", "regret.pdf"], 2, "FIGURE_FORMAT_UNKNOWN", ".html"],
    [
      "a table that says nothing of what is searched",
      ["--data", published("gemstones/mup_lr_preflight.csv"), ...asked],
      2,
      "SEARCH_COLUMNS_MISSING",
      "--search width,depth",
    ],
  ];
  it.each(cases)("%s", async (_name, words, exit, code, text) => {
    const refusal = await refusalOf(...words);
    expect(refusal).toMatchObject({ exit, code });
    expect(refusal.text).toContain(text);
  });
});
