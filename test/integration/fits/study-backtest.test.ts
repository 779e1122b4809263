import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typeCommandWith } from "../../cli/type-command.ts";
import { finishRuns, prepareMeasured, writeMeasured } from "../cli/measured-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
const prepared = prepareMeasured();

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  await writeMeasured(database.db, prepared);
  await finishRuns(database.db, prepared.trials, ({ scale, hyperparameters }, seed) => {
    if (scale.width !== 128) return "finished";
    return (hyperparameters["learningRate"] ?? 0) > 2 ** -4 ? "diverged" : seed === 2 ? "failed" : "finished";
  });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const backtest = (...words: readonly string[]) =>
  typeCommandWith({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "nowhere:1" }, "backtest", "--data", "measured", ...words, "--json");
const search = ["--strategies", "random,sobol", "--budget", "12", "--seeds", "2"];

describe("ladder backtest on a study", () => {
  it("searches the runs that Ladder trained: seeds are repetitions, diverged runs results, failed ones none", async () => {
    const { code, out, err } = await backtest("--search", "learningRate,width", "--where", 'parametrization == "mup"', ...search);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const document: unknown = JSON.parse(out);
    // Four widths by nine learning rates by two seeds; of the widest one rate diverged twice, and eight runs failed.
    expect(document).toMatchObject({
      source: "measured",
      runs: 64,
      designs: 36,
      diverged: 2,
      leftOut: { unfinished: 8, where: 72 },
      costSource: "C",
      costUnit: "FLOPs",
      warnings: [],
    });
  });

  it("does not take parametrizations for repetitions of each other", async () => {
    const { code, err } = await backtest("--search", "learningRate,width", ...search);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "SCALES_MIXED", fields: { variable: "parametrization" } } });
  });
});
