/**
 * Does what the demo claims hold over seeds? `npm run bench:transfer` trains the demo's sweep over the fixed seeds 1 to 3,
 * then a width-256 sweep that the recommendation has not seen, and writes the table to docs/bench-transfer.md.
 * Finished runs are kept by run key in .ladder/bench/, so an interrupted bench goes on where it stopped.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recommendValue, type Recommendation } from "../analysis/recommendation/recommend.ts";
import { planTrials, planTrial, type TrialRequest } from "../analysis/search/plan.ts";
import type { PlannedTrial } from "../analysis/study/trial.ts";
import { measureBasins } from "../analysis/transfer/basins.ts";
import { testTransfers } from "../analysis/transfer/verdict.ts";
import { parseStudyFile } from "../infra/configs/study-file.ts";
import { resolveData } from "../infra/data-source.ts";
import { resolveTrainer } from "../infra/trainer-program.ts";
import { measureTrials } from "./transfer/measure-trials.ts";
import { renderTable, type TransferBenchResult } from "./transfer/table.ts";

const root = join(import.meta.dirname, "..");
const seeds = [1, 2, 3];
const targetWidth = 256;
const axis = "width";
const hyperparameter = "learningRate";

const file = "examples/width-transfer.yaml";
const spec = { ...parseStudyFile(readFileSync(join(root, file), "utf8"), file), seeds };
const data = await resolveData(spec.data, root);
const trainer = await resolveTrainer(spec.trainer, root, process.env);

const proxyTrials = planTrials(spec, data, trainer);
const proxyResults = await measureTrials(proxyTrials);

const names = { sp: "SP", mup: "μP" };
const transfer = testTransfers(measureBasins(proxyResults, { axis, hyperparameter }), { names });
const target = { ...largestScale(proxyTrials), width: targetWidth };
const recommended = recommend("mup");
const carried = recommend("sp").carried;

const gridValues = [...new Set(proxyTrials.map((trial) => trial.hyperparameters[hyperparameter] ?? 0))].sort((left, right) => left - right);
const at = (parametrization: string, value: number): TrialRequest => ({
  parametrization,
  hyperparameters: { ...spec.hyperparameters, [hyperparameter]: value },
  scale: { width: targetWidth },
  seeds,
});
const targetTrials = [at("mup", recommended.value), at("sp", carried.value), ...gridValues.map((value) => at("mup", value))].map(
  (request) => planTrial(spec, data, trainer, request),
);
const targetResults = await measureTrials(targetTrials);

const result: TransferBenchResult = { seeds, transfer, recommended, carried, targetResults, gridValues, targetWidth };
const table = renderTable(result);
writeFileSync(join(root, "docs/bench-transfer.md"), table);
console.log(table);

function recommend(parametrization: string): Recommendation {
  const result = recommendValue(proxyResults, { axis, hyperparameter, parametrization, target, base: { width: spec.base.width }, names });
  if (result.outcome === "withheld") throw new Error(result.words);
  return result;
}

function largestScale(trials: readonly PlannedTrial[]) {
  const [first, ...rest] = trials.map((trial) => trial.scale);
  if (first === undefined) throw new Error("the example has no trials");
  return rest.reduce((largest, scale) => (scale.width > largest.width ? scale : largest), first);
}
