/**
 * What do the example studies give? `npm run bench:examples` trains those over depth, over width under other rule sets and optimizers,
 * and the variants, with the seeds of their files, and writes docs/measured-transfer.md and docs/variant-matrix.md.
 * Finished runs are kept by run key in .ladder/bench/, so an interrupted bench goes on where it stopped.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parametrizationName } from "../analysis/parametrizations/index.ts";
import { planTrials } from "../analysis/search/plan.ts";
import type { ScaleAxis } from "../analysis/study/scale.ts";
import { measureBasins } from "../analysis/transfer/basins.ts";
import { compareDrifts } from "../analysis/transfer/paired-drift.ts";
import { variantMatrix } from "../analysis/transfer/variant-matrix.ts";
import { testTransfers } from "../analysis/transfer/verdict.ts";
import { parseStudyFile } from "../infra/configs/study-file.ts";
import { resolveData } from "../infra/data-source.ts";
import { resolveTrainer } from "../infra/trainer-program.ts";
import { type MeasuredExample, renderMeasuredTransfer } from "./examples/measured-transfer.ts";
import { renderVariantMatrix } from "./examples/variant-matrix.ts";
import { measureTrials } from "./transfer/measure-trials.ts";

const root = join(import.meta.dirname, "..");
const examples: readonly (readonly [string, ScaleAxis])[] = [
  ["depth-transfer", "depth"],
  ["u-mup", "width"],
  ["munit", "width"],
  ["shampoo-transfer", "width"],
];

const { spec, basins, tests } = await measureExample("variant-matrix", "width");
const matrix = variantMatrix(tests, basins, spec.variants);
if (matrix === null) throw new Error("the study of variants has none");
writePage("variant-matrix.md", renderVariantMatrix(matrix, spec));

const measured: MeasuredExample[] = [];
for (const [name, axis] of examples) measured.push(await measureExample(name, axis));
writePage("measured-transfer.md", renderMeasuredTransfer(measured));

async function measureExample(name: string, axis: ScaleAxis): Promise<MeasuredExample> {
  const file = `examples/${name}.yaml`;
  const spec = parseStudyFile(readFileSync(join(root, file), "utf8"), file);
  const data = await resolveData(spec.data, root);
  const trainer = await resolveTrainer(spec.trainer, root, process.env);
  const trials = planTrials(spec, data, trainer);
  const results = await measureTrials(trials);
  const names = Object.fromEntries(spec.parametrizations.map((id) => [id, parametrizationName(id)]));
  const basins = measureBasins(results, { axis, hyperparameter: "learningRate" });
  const inFileOrder = testTransfers(basins, { names }).toSorted(
    (left, right) => spec.parametrizations.indexOf(left.parametrization) - spec.parametrizations.indexOf(right.parametrization),
  );
  const runs = new Set(results.map(({ runKey }) => runKey)).size;
  return { file, spec, axis, runs, basins, tests: inFileOrder, comparisons: compareDrifts(inFileOrder, { names }) };
}

function writePage(name: string, text: string): void {
  writeFileSync(join(root, "docs", name), text);
  console.log(text);
}
