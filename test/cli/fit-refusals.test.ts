import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

type Row = readonly (number | string)[];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-refusals-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lossOf = (size: number, tokens: number): number => 1.8 + 400 * size ** -0.34 + 2000 * tokens ** -0.37;
const sizes = [1e7, 3e7, 1e8, 3e8];
const grid: readonly Row[] = sizes.flatMap((size) => [1e9, 4e9, 1.6e10].map((tokens) => [size, tokens, lossOf(size, tokens)]));
/** The rows again with their loss moved by so much. */
const moved = (rows: readonly Row[], by: number): Row[] =>
  rows.map(([size = 0, tokens = 0, loss = 0]) => [size, tokens, Number(loss) + by]);
const named = (rows: readonly Row[], name: number | string): Row[] => rows.map((row) => [...row, name]);
const oneBudget: readonly Row[] = [1e7, 2e7, 4e7, 8e7, 1.6e8, 3.2e8].map((size) => [size, 1e18 / 6 / size, lossOf(size, 1e18 / 6 / size)]);
/** Learning rates that all lie above the optimum. */
const beyondOptimum: readonly Row[] = [1e7, 1e8, 1e9].flatMap((size) =>
  [1e-3, 2e-3, 4e-3, 8e-3].map((rate) => [size, 20 * size, rate, 2 + 400 * size ** -0.34 + 10 * rate]),
);

interface Refusal {
  readonly what: string;
  readonly header: string;
  readonly rows: readonly Row[];
  readonly words?: readonly string[];
  readonly optima?: true;
  readonly kind?: string;
  readonly code: string;
  readonly says: readonly string[];
}

const refusals: readonly Refusal[] = [
  {
    what: "too few points",
    header: "N,D,loss",
    rows: grid.slice(0, 4),
    code: "FIT_ROWS_TOO_FEW",
    says: ["chinchilla has 5 parameters to fit and only 4 rows", "add runs, or fit a law with fewer parameters"],
  },
  {
    what: "losses that are NaN",
    header: "N,D,loss",
    rows: [
      ...named(grid.slice(0, 3), "").map((row) => row.slice(0, 3)),
      ...grid.slice(3, 7).map(([size = 0, tokens = 0]) => [size, tokens, "nan"]),
    ],
    code: "FIT_ROWS_TOO_FEW",
    says: ["only 3 of 7 rows are left", "line 5", "loss is NaN"],
  },
  {
    what: "losses of 0",
    header: "N,D,loss",
    rows: grid.map(([size = 0, tokens = 0]) => [size, tokens, 0]),
    code: "FIT_ROWS_TOO_FEW",
    says: ["only 0 of 12 rows are left", "loss is 0: it must be above 0"],
  },
  {
    what: "duplicate rows",
    header: "N,D,loss",
    rows: [...grid.slice(0, 4), ...grid.slice(0, 4)],
    code: "FIT_ROWS_TOO_FEW",
    says: ["only 4 of 8 rows are left", "line 6", "the same as line 2", "--keep-repeated"],
  },
  {
    what: "contradictory rows",
    header: "N,D,loss",
    rows: [...grid.slice(0, 4), ...moved(grid.slice(0, 4), 0.1)],
    code: "FIT_ROWS_TOO_FEW",
    says: ["only 0 of 8 rows are left", "the same N, D as line 6 with another loss", "and no seed"],
  },
  {
    what: "one budget",
    header: "N,D,loss",
    rows: oneBudget,
    code: "ONE_BUDGET",
    says: ["all 6 rows have one budget, 1.00e+18 FLOPs", "needs runs of at least two budgets"],
  },
  {
    what: "a hold-out that leaves too few budgets",
    header: "N,D,C,loss",
    rows: grid.map(([size = 0, tokens = 0, loss = 0], index) => [size, tokens, 1e18 * 10 ** (index % 3), loss]),
    words: ["--holdout", "largest:1"],
    code: "HOLDOUT_TOO_LARGE",
    says: ["3 budgets, of which 1 are to be held out, leave 2 to fit; three are the fewest"],
  },
  {
    what: "a hold-out of rows without budgets",
    header: "N,loss",
    rows: sizes.map((size) => [size, lossOf(size, 1e9)]),
    words: ["--law", "power-of-size", "--holdout", "largest:1"],
    code: "HOLDOUT_NEEDS_BUDGETS",
    says: ["every row needs C, or N and D", "--map C="],
  },
  {
    what: "a condition that no row meets",
    header: "N,D,loss",
    rows: grid,
    words: ["--where", "N > 1e12"],
    code: "FIT_ROWS_TOO_FEW",
    says: ["only 0 of 12 rows are left", "not N > 1e12"],
  },
  {
    what: "a variable that is not there",
    header: "params,D,loss",
    rows: grid,
    code: "VARIABLE_MISSING",
    says: ["has no column N", "--map N=COLUMN", "params"],
  },
  {
    what: "one cluster",
    header: "N,D,loss,model",
    rows: named(grid, "a"),
    words: ["--cluster", "model"],
    kind: "rejected",
    code: "CLUSTERS_TOO_FEW",
    says: ["all rows are of one cluster", "add runs of other trunks"],
  },
  {
    what: "generations of synthetic data in one loss law",
    header: "N,D,loss,generation",
    rows: [...named(grid, 0), ...named(moved(grid, 0.1), 1), ...named(moved(grid, 0.2), 2)],
    code: "GENERATIONS_POOLED",
    says: ["holds rows of generation 0, 1, 2, which one law must not pool", "arXiv:2402.07712", "--where 'generation == 0'"],
  },
  {
    what: "two parametrizations in one loss law",
    header: "N,D,loss,parametrization",
    rows: [...named(grid, "mup"), ...named(moved(grid, 0.1), "sp")],
    code: "PARAMETRIZATIONS_POOLED",
    says: ["holds rows of parametrization mup, sp, which one law must not pool"],
  },
  {
    what: "learning rates without an interior minimum",
    header: "N,D,learningRate,loss",
    rows: beyondOptimum,
    words: ["--of", "learningRate=N"],
    optima: true,
    code: "OPTIMUM_LAW_FEW_POINTS",
    says: ["learningRate*(N) has 2 unknowns and 0 optima", "the low end of learningRate", "widen the grid"],
  },
  {
    what: "optima of one scale",
    header: "N,D,learningRate,loss",
    rows: [1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2].map((rate) => [1e8, 2e9, rate, 3 + 0.05 * Math.log(rate / 4e-3) ** 2]),
    words: ["--of", "learningRate=N", "--band", "0.5"],
    optima: true,
    code: "OPTIMUM_LAW_FEW_POINTS",
    says: ["learningRate*(N) has 2 unknowns and 1 optima: sweep more scales"],
  },
];

const errorSchema = z.object({
  error: z.object({
    kind: z.string(),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    problems: z.unknown().optional(),
  }),
});

describe("ladder fit refuses", () => {
  it.each(refusals)("$what: $code", async ({ header, rows, words = [], optima, kind = "input", code, says }) => {
    const path = join(folder, "runs.csv");
    await writeFile(path, `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`);
    const typed = await typeCommand(
      "fit",
      ...(optima === true ? ["optima"] : []),
      "--from",
      path,
      "--counting",
      "total",
      ...words,
      "--json",
    );
    const { error } = errorSchema.parse(JSON.parse(typed.out === "" ? typed.err : typed.out));
    expect({ kind: error.kind, code: error.code }).toEqual({ kind, code });
    expect(typed.code).not.toBe(0);
    const all = JSON.stringify(error);
    for (const part of says) expect(all).toContain(part);
  });

  it("nothing of what one generation or a law of generations asks for", async () => {
    const path = join(folder, "runs.csv");
    await writeFile(
      path,
      `${["N,D,loss,generation", ...[...named(grid, 0), ...named(moved(grid, 0.1), 1)].map((row) => row.join(","))].join("\n")}\n`,
    );
    const one = await typeCommand("fit", "--from", path, "--where", "generation == 1", "--draws", "100", "--json");
    expect(one.code).toBe(0);
    const collapse = join(folder, "collapse.csv");
    const lines = [0, 1, 2, 5].map((generation) => `100,300,200,${generation},${100 / 199 + generation * (100 / 99)}`);
    await writeFile(collapse, `${["features,samples,generationSamples,generation,testError", ...lines].join("\n")}\n`);
    const law = await typeCommand("fit", "--from", collapse, "--law", "model-collapse", "--draws", "100", "--json");
    expect({ code: law.code, err: law.err }).toEqual({ code: 0, err: "" });
  });
});

describe("ladder fit optima beyond four times the fitted scales", () => {
  /** Optima on a straight line in ln N, or on a bent one. */
  async function sweeps(bend: number): Promise<string> {
    const path = join(folder, `sweeps-${bend}.csv`);
    const lines = [1e7, 2e7, 4e7, 8e7, 1.6e8, 3.2e8, 6.4e8, 1.28e9].flatMap((size, index) => {
      const best = 20 * size ** -0.5 * Math.exp(bend * Math.log(size / 1e8) ** 2 + 0.02 * (index % 2));
      return [-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2].map(
        (away) => `${size},${20 * size},${best * Math.exp(away + 0.05)},${(2 + 400 * size ** -0.34) * (1 + 0.01 * (away + 0.05) ** 2)}`,
      );
    });
    await writeFile(path, `${["N,D,learningRate,loss", ...lines].join("\n")}\n`);
    return path;
  }
  const ask = async (bend: number, place: string) => {
    const { code, out } = await typeCommand(
      ...["fit", "optima", "--from", await sweeps(bend), "--counting", "total", "--of", "learningRate=N", "--at", place],
    );
    expect(code).toBe(0);
    return out.replace(/\s+/g, " ");
  };

  it("says that a bent law is no power law, and what the bend would make of it", async () => {
    const bent = await ask(0.06, "N=1e11");
    expect(bent).toContain("learningRate* is not a power law of N");
    expect(bent).toMatch(/78\.1 times beyond the fitted scales: .*log-linearity is rejected; with a bend it would be \S+ instead of/);
  });

  it("lets a straight one pass, and a bent one within four times", async () => {
    const straight = await ask(0, "N=1e11");
    expect(straight).toContain("log-linearity of learningRate* is not rejected in N");
    expect(straight).not.toContain("with a bend it would be");
    expect(await ask(0.06, "N=3e9")).not.toContain("with a bend it would be");
  });
});
