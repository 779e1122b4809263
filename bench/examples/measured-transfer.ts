import { twoDecimals } from "../../analysis/study/number-words.ts";
import { code, markdownTable } from "../../analysis/study/markdown-table.ts";
import type { ScaleAxis } from "../../analysis/study/scale.ts";
import type { StudySpec } from "../../analysis/study/study-spec.ts";
import type { Basin } from "../../analysis/transfer/basins.ts";
import type { DriftComparison } from "../../analysis/transfer/drift-comparison.ts";
import type { TransferTest } from "../../analysis/transfer/transfer-test.ts";

/** An example study, trained and tested. */
export interface MeasuredExample {
  readonly file: string;
  readonly spec: StudySpec;
  readonly axis: ScaleAxis;
  /** Different runs that were trained. */
  readonly runs: number;
  readonly basins: readonly Basin[];
  readonly tests: readonly TransferTest[];
  readonly comparisons: readonly DriftComparison[];
}

/** The page of drift tables, one a study. */
export function renderMeasuredTransfer(examples: readonly MeasuredExample[]): string {
  return `# What the examples give

Written by \`npm run bench:examples\`: example studies trained by the reference trainer with the seeds of their files, and tested as \`ladder transfer\` tests
them. Optima are log2 of the learning rate at the base scale; drift is in octaves for each doubling of the axis, with its 95 % interval; what transfers
has its whole interval within ± 0.25. Grids, sizes and horizons were chosen on seed 101, which is in none of the tables. Then the outermost learning rates
of the depth study were taken away, to train it in three minutes; that changed no verdict and no comparison.

${examples.map(section).join("\n\n")}
`;
}

function section({ file, spec, axis, runs, tests, comparisons }: MeasuredExample): string {
  const compared = comparisons.map(({ words }) => `- ${sentence(words)}`);
  return [
    `## ${code(file)}`,
    `${spec.question ?? ""} ${runs} runs, seeds ${spec.seeds.join(", ")}.`.trim(),
    optimaTable(axis, tests),
    driftTable(tests),
    tests.map(({ words }) => `- ${sentence(words)}`).join("\n"),
    ...(compared.length === 0 ? [] : [compared.join("\n")]),
  ].join("\n\n");
}

function optimaTable(axis: ScaleAxis, tests: readonly TransferTest[]): string {
  const values = [...new Set(tests.flatMap(({ optima }) => optima.map(({ axisValue }) => axisValue)))].sort((left, right) => left - right);
  return markdownTable(
    ["optimum", ...values.map((value) => `${axis} ${value}`)],
    tests.map(({ parametrization, optima }) => [
      code(parametrization),
      ...values.map((value) => {
        const optimum = optima.find(({ axisValue }) => axisValue === value)?.optimum;
        if (optimum == null) return "edge";
        const { log2, interval } = optimum;
        return interval === null
          ? twoDecimals(log2)
          : `${twoDecimals(log2)} (${twoDecimals(interval.low)} to ${twoDecimals(interval.high)})`;
      }),
    ]),
  );
}

function driftTable(tests: readonly TransferTest[]): string {
  return markdownTable(
    ["drift", "octaves a doubling", "95 % interval", "by seed", "verdict"],
    tests.map(({ parametrization, drift, verdict }) => [
      code(parametrization),
      drift === null ? "–" : twoDecimals(drift.slope),
      drift === null ? "–" : `${twoDecimals(drift.interval.low)} to ${twoDecimals(drift.interval.high)}`,
      drift === null ? "–" : drift.perSeedSlopes.map(({ slope }) => twoDecimals(slope)).join(", "),
      `**${verdict}**`,
    ]),
  );
}

function sentence(words: string): string {
  return words.endsWith(".") ? words : `${words}.`;
}
