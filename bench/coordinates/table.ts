import { signedTwoDecimals } from "../../analysis/study/number-words.ts";
import type { JudgedCell } from "./judge.ts";
import { flatSlope, steepSlope } from "./judge.ts";

export interface CoordinateBenchResult {
  readonly depth: readonly JudgedCell[];
  readonly width: readonly JudgedCell[];
  readonly trap: readonly JudgedCell[];
}

/** The bench as Markdown: both slope tables beside the reference's, every verdict, and what is not met. */
export function renderTable({ depth, width, trap }: CoordinateBenchResult): string {
  const all = [...depth, ...width, ...trap];
  const missed = all.filter(({ meets }) => !meets);
  return `# Coordinate checks, live

Written by \`npm run bench:coordinates\`: small networks trained by the reference trainer for 5 updates on one batch, and checked as
\`ladder coordinate-check\` checks them. A cell holds the slope of ln RMS change on ln depth or ln width after the last update, module by module, in
brackets the slope that an independent numpy program measured on the same set-up, and the verdict.

A cell that passes must show at most ${flatSlope.toFixed(2)} in every module; one that fails at least ${steepSlope.toFixed(2)} in the module where the
reference is steepest, with its sign; and each must get the verdict that is expected, which looks at every step and at the sizes too.
**${all.length - missed.length} of ${all.length} cells meet this.**${missed.length === 0 ? "" : ` Not met: ${missed.map(describeMiss).join("; ")}.`}

## Over depth

Residual tanh perceptron of width 128: h = W x, then depth times h += s f(rmsnorm h) with f = tanh(W h) (k = 1) or V tanh(W h) (k = 2), s
0.5 at depth 4; input 32, 8 classes, batch 64; depths 4 to 64, seeds 1 to 3; Adam (0.9, 0.95) at 0.002, SGD at 0.3. Modules: the
residual stream before the last norm (features), logits. The reference measured features behind the norm, which takes out that the
stream itself grows or shrinks with depth: by up to 0.4 where there is no rule, by 0.07 under CompleteP.

${grid(depth, "rule")}

${hints(depth)}

## Over width

tanh perceptron 32-n-n-8, cross entropy, widths 64 to 1024 (K-FAC and FOOF: 128 to 1024), batch 128 (K-FAC and FOOF: 32; FOOF without
scaled rates: 128), seeds 1 and 2; equal at the smallest width. Modules: first and second layer before the activation, logits. The
reference measured layers behind the tanh, which shows where a layer saturates: only under Adam without its rule.

${grid(width, "optimizer (learning rate)")}

For K-FAC the rule is a constant learning rate: there is nothing in the middle column.

## A batch above the smallest width

${trap.map(({ cell, slopes, check }) => `${cell.row}, ${cell.column}: ${slopesText(slopes)}. ${sentence(check.words)}`).join("\n")}
`;
}

function grid(cells: readonly JudgedCell[], title: string): string {
  const rows = [...new Set(cells.map(({ cell }) => cell.row))];
  const columns = [...new Set(cells.map(({ cell }) => cell.column))];
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return [
    line([title, ...columns]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map((row) =>
      line([
        row,
        ...columns.map((column) => {
          const found = cells.find(({ cell }) => cell.row === row && cell.column === column);
          return found === undefined ? "–" : `${slopesText(found.slopes)} **${found.check.verdict}**${found.meets ? "" : " (not met)"}`;
        }),
      ]),
    ),
  ].join("\n");
}

/** The hints that failed checks of these cells gave. */
function hints(cells: readonly JudgedCell[]): string {
  const given = new Map(cells.flatMap(({ cell, check }) => check.hints.map((hint) => [hint, cell] as const)));
  return [...given].map(([hint, cell]) => `Hint of the failed check (${cell.row}): ${hint}.`).join("\n");
}

function slopesText(slopes: JudgedCell["slopes"]): string {
  const ours = slopes.map(({ slope }) => signedTwoDecimals(slope)).join(" ");
  const theirs = slopes.map(({ reference }) => (reference === null ? "–" : signedTwoDecimals(reference))).join(" ");
  return `${ours} (${theirs})`;
}

function describeMiss({ cell, misses }: JudgedCell): string {
  return `${cell.row}, ${cell.column}: ${misses.join(", ")}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
