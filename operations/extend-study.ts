import { planTrials } from "../analysis/search/plan.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type StudySpec, studySpecSchema } from "../analysis/study/study-spec.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import { insertTrials } from "../infra/postgres/trials.ts";
import { isOpen } from "./read-study-progress.ts";
import { planStudy, type StudyPlan } from "./plan-study.ts";
import { planSpec } from "./prepare-study.ts";
import { continueSweep, reopenSweep } from "./run-sweep.ts";
import type { Session } from "./session.ts";
import { updateSweep } from "./update-sweep.ts";

/** What to add to the newest grid sweep of a study. What is left out stays. */
export interface Extension {
  /** Seeds to add. */
  readonly seeds?: readonly number[] | undefined;
  /** Widths to add. */
  readonly widths?: readonly number[] | undefined;
  /** Wider range of a log2 axis of the grid, in exponents; an end that is left out stays. */
  readonly widen?: { readonly hyperparameter: string; readonly from?: number | undefined; readonly to?: number | undefined } | undefined;
  /** New limits of the budget. */
  readonly budget?: { readonly runs?: number | undefined; readonly trainingFlops?: number | undefined } | undefined;
  /** Runs at a time from now on. */
  readonly concurrency?: number | undefined;
  readonly reason: string;
  /** Called before anything is written, when trials are added; throw to stop. */
  readonly confirm?: (plan: StudyPlan) => Promise<void>;
}

export interface ExtensionResult {
  readonly study: string;
  readonly sweepId: string;
  readonly plan: StudyPlan | null;
  readonly budget: Sweep["budget"];
  readonly concurrency: number;
}

/**
 * Adds seeds, widths or grid values to the newest sweep of a study, or gives it another budget or concurrency; it goes on
 * if it had ended. Runs that are there already are kept.
 *
 * @throws LadderError missing STUDY_NOT_FOUND; input EXTENSION_EMPTY, EXTENSION_INVALID
 */
export async function extendStudy(session: Session, studyName: string, extension: Extension): Promise<ExtensionResult> {
  const { db } = session;
  const study = await getStudy(db, studyName);
  const sweep = (await listSweeps(db, study.id)).findLast((candidate) => candidate.spec.strategy.name !== "list");
  if (sweep === undefined)
    throw new LadderError("conflict", "NOTHING_TO_EXTEND", `study ${studyName} has no sweep over a space`, {
      hint: "ladder submit study.yaml",
    });
  const { seeds, widths, widen, budget, concurrency } = extension;
  if ([seeds, widths, widen, budget, concurrency].every((part) => part === undefined)) {
    throw new LadderError("input", "EXTENSION_EMPTY", "nothing to extend was named", {
      hint: "--seeds, --widths, --widen, --budget-runs, --budget-flops or --concurrency",
    });
  }
  const plan = seeds !== undefined || widths !== undefined || widen !== undefined ? await addTrials(session, sweep, extension) : null;
  // A closed sweep has no workflow to tell: it is opened first, and finds its trials and limits in Postgres.
  if (!isOpen(sweep)) await reopenSweep(session, sweep, extension.reason);
  const limits = {
    ...sweep.budget,
    ...(budget?.runs === undefined ? {} : { runs: budget.runs }),
    ...(budget?.trainingFlops === undefined ? {} : { trainingFlops: budget.trainingFlops }),
  };
  if (budget !== undefined) await updateSweep(session, sweep.id, "setBudget", limits);
  if (concurrency !== undefined) await updateSweep(session, sweep.id, "setConcurrency", concurrency);
  await continueSweep(session, sweep.id);
  return { study: studyName, sweepId: sweep.id, plan, budget: limits, concurrency: concurrency ?? sweep.concurrency };
}

async function addTrials(session: Session, sweep: Sweep, extension: Extension): Promise<StudyPlan> {
  const spec = widerSpec(sweep.spec, extension);
  const trainer = sweep.trainer;
  const prepared = planSpec({ spec, data: sweep.data, trainer });
  const { plan } = await planStudy(session.db, prepared);
  await extension.confirm?.(plan);
  await insertTrials(session.db, sweep.id, planTrials(spec, sweep.data, trainer));
  return plan;
}

/** The spec with more seeds, widths or grid values. @throws LadderError input EXTENSION_INVALID */
export function widerSpec(spec: StudySpec, { seeds, widths, widen }: Pick<Extension, "seeds" | "widths" | "widen">): StudySpec {
  const current = typeof spec.scales.width === "number" ? [spec.scales.width] : spec.scales.width;
  return studySpecSchema.parse({
    ...spec,
    seeds: unite(spec.seeds, seeds),
    scales: { ...spec.scales, width: unite(current, widths) },
    space: widen === undefined ? spec.space : { ...spec.space, [widen.hyperparameter]: widerAxis(spec, widen) },
    spaceFor:
      widen === undefined
        ? spec.spaceFor
        : Object.fromEntries(
            Object.entries(spec.spaceFor).map(([name, space]) => [
              name,
              widen.hyperparameter in space ? { ...space, [widen.hyperparameter]: widerAxis({ ...spec, space }, widen) } : space,
            ]),
          ),
  });
}

function unite(left: readonly number[], right: readonly number[] | undefined): readonly number[] {
  return [...new Set([...left, ...(right ?? [])])];
}

function widerAxis(spec: Pick<StudySpec, "space">, widen: NonNullable<Extension["widen"]>): StudySpec["space"][string] {
  const { hyperparameter } = widen;
  const axis = spec.space[hyperparameter];
  if (axis === undefined || !("log2" in axis)) {
    throw new LadderError("input", "EXTENSION_INVALID", `${hyperparameter} is not swept as a log2 range, so it cannot be widened`, {
      hint: `swept: ${Object.keys(spec.space).join(", ")}. Edit the study file and submit it again: finished runs are reused`,
    });
  }
  const { step } = axis.log2;
  const { from = axis.log2.from, to = axis.log2.to } = widen;
  const onGrid = (exponent: number): boolean => Number.isInteger((exponent - axis.log2.from) / step);
  if (from > axis.log2.from || to < axis.log2.to || !onGrid(from) || !onGrid(to)) {
    throw new LadderError(
      "input",
      "EXTENSION_INVALID",
      `${from}..${to} does not contain the grid ${axis.log2.from}..${axis.log2.to} in steps of ${step}`,
      {
        hint: "name both ends as log2 exponents on the same grid, for example --widen learningRate=-12..-4",
      },
    );
  }
  return { log2: { from, to, step } };
}
