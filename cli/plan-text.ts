import { distinctRuns, type PlanCell, type PlannedRunRow } from "../operations/compare-plan.ts";
import { varyingHyperparameters } from "../operations/merge-progress.ts";
import type { StudyPlan } from "../operations/plan-study.ts";
import { countText, durationText, flopsText, hyperparametersText, varyingAxes } from "./number-text.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

const shownFields = 3;

/** The table of a plan: a row per parametrization and scale with runs by what would happen to them. */
export function planTable(plan: StudyPlan, columns: number): string {
  const axes = varyingAxes(plan.cells.map(({ scale }) => scale));
  const number = (header: string, value: (cell: PlanCell) => number): Column<PlanCell> => ({
    header,
    align: "right",
    value: (cell) => (value(cell) === 0 ? "" : String(value(cell))),
  });
  // Columns without a number would only take the room of the names.
  const wherever = (header: string, value: (cell: PlanCell) => number): readonly Column<PlanCell>[] =>
    plan.cells.some((cell) => value(cell) !== 0) ? [number(header, value)] : [];
  return renderTable<PlanCell>(
    [
      { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
      ...axes.map((axis): Column<PlanCell> => ({ header: axisHeader(axis), align: "right", value: ({ scale }) => String(scale[axis]) })),
      number("RUNS", ({ runs }) => runs),
      number("NEW", (cell) => cell.new),
      ...wherever("UNFINISHED", ({ unfinished }) => unfinished),
      ...wherever("REUSED", ({ reused }) => reused),
      ...wherever("SHARED", ({ shared }) => shared),
      { header: "FLOPS/RUN", align: "right", value: ({ scale }) => scale.trainingFlops.toExponential(1).replace("e+", "e") },
    ],
    plan.cells,
    columns,
  );
}

/** What a plan comes to: runs, why new ones are new, FLOPs, time, budget; wrapped to the terminal. */
export function planSummary(plan: StudyPlan, columns: number): readonly string[] {
  const { totals, trainingFlops, estimate } = plan;
  const parts = [`${countText(totals.runs, "run")}: ${totals.new} new`];
  if (totals.unfinished > 0) parts.push(`${totals.unfinished} stored but unfinished`);
  parts.push(`${totals.reused} reused`);
  if (totals.shared > 0) parts.push(`${totals.shared} shared by parametrizations that agree there`);
  const lines = [parts.join(", ")];
  if (!plan.reuseChecked)
    lines.push("reuse could not be checked, because no database is running (ladder up --detach): every run counts as new");
  if (plan.takenOver > 0) lines.push(`${countText(plan.takenOver, "result")} of earlier trainer programs taken over (--allow-code-change)`);
  else if (plan.trainerChanged)
    lines.push(
      "the trainer's program has changed since the study's last sweep, so its runs are other runs; --allow-code-change takes over the results there are",
    );
  for (const { fields, runs } of plan.reasons) lines.push(reasonText(fields, runs));
  for (const { words } of plan.targetDifferences) lines.push(`warning: ${words}; its optimum may lie elsewhere`);
  for (const { parametrization, words } of plan.ruleWarnings) lines.push(`warning: ${parametrization}: ${words}`);
  if (plan.search !== null) lines.push(...searchText(plan.search));
  if (plan.privacy !== null) lines.push(plan.privacy.words, ...plan.privacy.warnings.map((words) => `warning: ${words}`));
  if (totals.toTrain === 0) return [...lines, "nothing is left to train"].flatMap((line) => wrapWords(line, columns));
  lines.push(`to train: ${countText(totals.toTrain, "run")}, ${flopsText(trainingFlops.toTrain)} of ${flopsText(trainingFlops.whole)}`);
  lines.push(stateText(plan.largestState));
  lines.push(estimate.seconds === null ? `time: ${estimate.basis}` : `time: about ${durationText(estimate.seconds)} (${estimate.basis})`);
  if (plan.budget.budget.runs !== undefined || plan.budget.budget.trainingFlops !== undefined) {
    lines.push(
      plan.budget.fits
        ? "budget: enough"
        : `budget: exceeded (${plan.budget.words.join("; ")}); the sweep will pause there, and ladder extend goes on`,
    );
  }
  return lines.flatMap((line) => wrapWords(line, columns));
}

function searchText({ strategy, runs, maximumTrainingFlops, stages }: NonNullable<StudyPlan["search"]>): readonly string[] {
  if (stages.length > 0)
    return [
      `search: ${strategy} asks for at most ${countText(runs, "run")} in ${countText(stages.length, "stage")}; those above are its first`,
      ...stages.map(
        (stage, index) => `stage ${index + 1}: ${stage.isExact ? "" : "at most "}${countText(stage.runs, "run")}, ${stage.words}`,
      ),
    ];
  const cap = maximumTrainingFlops === null ? "" : `, none above ${flopsText(maximumTrainingFlops)}`;
  return [`search: ${strategy} asks for ${countText(runs, "run")} as results come in${cap}; those above are its first`];
}

/** What the largest run keeps in memory, in numbers; bytes depend on the trainer's formats. */
function stateText({ parameters, firstMoment, secondMoment }: StudyPlan["largestState"]): string {
  const count = (value: number): string => value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
  return `largest run keeps ${count(parameters)} parameters, and its optimizer ${count(firstMoment)} first and ${count(secondMoment)} second moments`;
}

/** Columns for every run of a plan: `plan --all`. Hyperparameters that do not vary are left out. */
export function planRunColumns(plan: StudyPlan): readonly Column<PlannedRunRow>[] {
  const axes = varyingAxes(plan.runs.map(({ scale }) => scale));
  const varying = varyingHyperparameters(plan.runs);
  return [
    { header: "RUN", value: ({ runKey }) => runKey.slice(0, 12) },
    { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
    ...axes.map((axis): Column<PlannedRunRow> => ({ header: axisHeader(axis), align: "right", value: ({ scale }) => String(scale[axis]) })),
    { header: "AT", value: ({ hyperparameters }) => placeText(hyperparameters, varying), flexible: true },
    { header: "SEED", align: "right", value: ({ seed }) => String(seed) },
    { header: "WHAT", value: whatText, flexible: true },
  ];
}

/** Which runs are reused, by rules and width, for `submit`. */
export function reusedText(rows: readonly PlannedRunRow[]): readonly string[] {
  const reused = distinctRuns(rows).filter((row) => row.status === "reused");
  const axes = varyingAxes(rows.map(({ scale }) => scale));
  const varying = varyingHyperparameters(rows);
  const cells = new Map<string, PlannedRunRow[]>();
  for (const row of reused) {
    const place = `${row.parametrization} ${axes.map((axis) => `${axis}=${row.scale[axis]}`).join(" ")}`;
    cells.set(place, [...(cells.get(place) ?? []), row]);
  }
  return [...cells].map(
    ([place, members]) => `  ${place}: ${members.map((row) => `${placeText(row.hyperparameters, varying)}/seed ${row.seed}`).join(", ")}`,
  );
}

/** `tokenHorizon` as a header: `TOKEN HORIZON`. */
export function axisHeader(axis: string): string {
  return axis.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();
}

function placeText(hyperparameters: PlannedRunRow["hyperparameters"], varying: ReadonlySet<string>): string {
  return hyperparametersText(Object.fromEntries(Object.entries(hyperparameters).filter(([name]) => varying.has(name))));
}

function whatText({ status, state, sharedWith, reason }: PlannedRunRow): string {
  const shared = sharedWith === null ? "" : `the same run as ${sharedWith}'s; `;
  if (status === "reused") return `${shared}reused (${state ?? ""})`;
  if (status === "unfinished") return `${shared}${state ?? "unfinished"}`;
  if (reason === null) return `${shared}new`;
  return `${shared}new${reason.nearest === null ? ": nothing stored" : `: ${fieldsText(reason.fields)} differ${reason.fields.length === 1 ? "s" : ""} from ${reason.nearest.slice(0, 8)}`}`;
}

function reasonText(fields: readonly string[], runs: number): string {
  if (fields.length === 0) return `${countText(runs, "run")} new, because no run is stored yet`;
  return `${countText(runs, "run")} new, because ${fieldsText(fields)} differ${fields.length === 1 ? "s" : ""} from the nearest stored run`;
}

function fieldsText(fields: readonly string[]): string {
  const more = fields.length - shownFields;
  return `${fields.slice(0, shownFields).join(", ")}${more > 0 ? ` and ${more} more fields` : ""}`;
}
