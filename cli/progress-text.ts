import type { Colors } from "picocolors/types.js";
import type { SweepState } from "../analysis/study/states.ts";
import type { ProgressCell, RunCounts, StudyProgress } from "../operations/study-progress.ts";
import { countText, durationText, flopsText, hyperparametersText, lossText, valueText, varyingAxes } from "./number-text.ts";
import { axisHeader } from "./plan-text.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

const barWidth = 10;

/** The view of `show` and `watch`: a line about the study, a row per parametrization × scale, totals. */
export function renderProgress(progress: StudyProgress, colors: Colors, columns: number): string {
  const lines = [`${colors.bold(progress.study)}  ${stateText(progress.state, colors)}${progress.why === "" ? "" : `: ${progress.why}`}`];
  if (progress.question !== null) lines.push(...wrapWords(progress.question, columns).map((line) => colors.dim(line)));
  lines.push("");
  lines.push(progress.cells.length === 0 ? "No runs yet." : renderTable(cellColumns(progress.cells, colors), progress.cells, columns));
  const [name] = namesOf(progress.cells);
  if (name !== undefined && namesOf(progress.cells).length === 1)
    lines.push(colors.dim(`BEST: lowest held-out loss, nats per token. AT: its ${name}`));
  lines.push("", ...totalsLines(progress).flatMap((line) => wrapWords(line, columns)));
  return lines.join("\n");
}

/** One line about what a cell has reached, for logs: `[37/98] sp width=64 5/14 finished, best 1.6234 at learningRate=2^-6`. */
export function cellLine(progress: StudyProgress, cell: ProgressCell): string {
  const axes = varyingAxes(progress.cells.map(({ scale }) => scale));
  const place = `${cell.parametrization} ${axes.map((axis) => `${axis}=${cell.scale[axis]}`).join(" ")}`;
  const done = doneCount(cell);
  const trouble = troubleText(cell);
  const best =
    cell.bestHyperparameters === null ? "" : `, best ${lossText(cell.bestLoss)} at ${hyperparametersText(cell.bestHyperparameters)}`;
  const eta =
    progress.eta.seconds === null || doneCount(progress.totals) === progress.totals.total
      ? ""
      : `, ETA ${durationText(progress.eta.seconds)}`;
  return `[${doneCount(progress.totals)}/${progress.totals.total}] ${place}: ${done}/${cell.total} done${trouble === "" ? "" : ` (${trouble})`}${best}${eta}`;
}

/** Totals in words: runs by state, what was reused and shared, time left, what was spent of the budget. */
export function totalsLines(progress: StudyProgress): readonly string[] {
  const { totals, spent, budget, eta } = progress;
  const parts = [`${doneCount(totals)} of ${countText(totals.total, "run")} done`];
  if (totals.running > 0) parts.push(`${totals.running} running`);
  if (totals.queued > 0) parts.push(`${totals.queued} waiting`);
  const trouble = troubleText(totals);
  if (trouble !== "") parts.push(trouble);
  if (totals.reused > 0) parts.push(`${totals.reused} reused`);
  if (totals.shared > 0) parts.push(`${totals.shared} shared`);
  const lines = [parts.join(" · ")];
  const cost = [`spent ${durationText(spent.cpuSeconds)} of processor time, ${flopsText(spent.trainingFlops)}`];
  if (budget.trainingFlops !== undefined) cost.push(`of ${flopsText(budget.trainingFlops)}`);
  if (budget.runs !== undefined) cost.push(`${spent.runs} of at most ${countText(budget.runs, "run")}`);
  if (doneCount(totals) + totals.failed + totals.cancelled < totals.total)
    cost.push(eta.seconds === null ? `ETA unknown (${eta.basis})` : `ETA ${durationText(eta.seconds)}`);
  lines.push(cost.join(" · "));
  return lines;
}

/** Runs with a result: finished and diverged ones. */
export function doneCount(counts: RunCounts): number {
  return counts.finished + counts.diverged;
}

/** A state in its colour; the word carries the meaning. */
export function stateText(state: SweepState, colors: Colors): string {
  switch (state) {
    case "finished":
      return colors.green(state);
    case "failed":
    case "cancelled":
      return colors.red(state);
    case "paused":
      return colors.yellow(state);
    case "running":
      return colors.cyan(state);
    case "queued":
      return state;
  }
}

function troubleText(counts: RunCounts): string {
  const parts = [
    [counts.diverged, "diverged"],
    [counts.failed, "failed"],
    [counts.cancelled, "cancelled"],
  ] as const;
  return parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ");
}

function cellColumns(cells: readonly ProgressCell[], colors: Colors): readonly Column<ProgressCell>[] {
  const axes = varyingAxes(cells.map(({ scale }) => scale));
  const some = (count: (cell: ProgressCell) => number): boolean => cells.some((cell) => count(cell) > 0);
  const optional = (header: string, count: (cell: ProgressCell) => number): Column<ProgressCell>[] =>
    some(count) ? [{ header, align: "right", value: (cell) => (count(cell) === 0 ? "" : String(count(cell))) }] : [];
  return [
    { header: "RULES", value: (cell) => cell.parametrization, flexible: true },
    ...axes.map((axis): Column<ProgressCell> => ({ header: axisHeader(axis), align: "right", value: (cell) => String(cell.scale[axis]) })),
    { header: "", value: (cell) => barText(cell, colors) },
    { header: "DONE", align: "right", value: (cell) => `${doneCount(cell)}/${cell.total}` },
    ...optional("RUN", (cell) => cell.running),
    ...optional("REUSED", (cell) => cell.reused),
    ...optional("SHARED", (cell) => cell.shared),
    ...optional("DIVERGED", (cell) => cell.diverged),
    ...optional("FAILED", (cell) => cell.failed + cell.cancelled),
    { header: "BEST", align: "right", value: (cell) => lossText(cell.bestLoss) },
    { header: "AT", flexible: true, value: (cell) => atText(cell, namesOf(cells).length === 1) },
  ];
}

/** Names of the hyperparameters that tell the cells' best trials apart. */
function namesOf(cells: readonly ProgressCell[]): readonly string[] {
  return [...new Set(cells.flatMap(({ bestHyperparameters }) => Object.keys(bestHyperparameters ?? {})))];
}

/** Where the best loss was; the value alone when there is only one hyperparameter. */
function atText({ bestHyperparameters }: ProgressCell, valueOnly: boolean): string {
  if (bestHyperparameters === null) return "";
  return valueOnly ? Object.values(bestHyperparameters).map(valueText).join() : hyperparametersText(bestHyperparameters);
}

function barText(cell: ProgressCell, colors: Colors): string {
  const share = cell.total === 0 ? 0 : doneCount(cell) / cell.total;
  const lost = cell.total === 0 ? 0 : (cell.failed + cell.cancelled) / cell.total;
  const full = Math.floor(share * barWidth);
  const bad = Math.min(barWidth - full, Math.ceil(lost * barWidth));
  return `${colors.green("█".repeat(full))}${colors.red("▒".repeat(bad))}${colors.dim("░".repeat(barWidth - full - bad))}`;
}
