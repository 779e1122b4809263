import type { CoordinateCheck, CoordinateSlope } from "../../analysis/coordinate-check/coordinate-check.ts";
import { planCoordinateCheck } from "../../analysis/coordinate-check/plan.ts";
import { studySpecSchema } from "../../analysis/study/study-spec.ts";
import type { TrainerRun } from "../../analysis/study/trainer-contract.ts";
import type { Cell } from "./cells.ts";
import { runLiveCheck } from "./live-check.ts";

export interface MeasuredCell {
  readonly cell: Cell;
  readonly check: CoordinateCheck;
  readonly seconds: number;
}

/** Updates, as in the reference. */
export const steps = 5;

/** Trains a cell's networks in this process. */
export async function measureCell(cell: Cell): Promise<MeasuredCell> {
  const data = { kind: "teacher" as const, id: "teacher-1", seed: 1, examples: 512 };
  const spec = studySpecSchema.parse({
    ...cell.spec,
    study: "coordinates",
    data,
    parametrizations: [cell.parametrization],
    space: {},
    strategy: { name: "list", trials: [{ parametrization: cell.parametrization, hyperparameters: {} }] },
    seeds: [1],
  });
  const plan = planCoordinateCheck(
    spec,
    data,
    { version: "bench", programDigest: "0".repeat(64) },
    { parametrization: cell.parametrization, axis: cell.axis, axisValues: cell.axisValues, steps, seeds: cell.seeds },
  );
  const start = performance.now();
  const check = await runLiveCheck(plan, cell.sameLearningRates === true ? withSameLearningRates : undefined);
  return { cell, check, seconds: (performance.now() - start) / 1000 };
}

/** The slope of a module's change after the last step. */
export function lastChangeSlope({ check }: Pick<MeasuredCell, "check">, module: string): CoordinateSlope | undefined {
  return check.slopes.find((slope) => slope.module === module && slope.quantity === "changeRms" && slope.step === steps);
}

function withSameLearningRates(run: TrainerRun): TrainerRun {
  const learningRate = run.hyperparameters["learningRate"] ?? 0;
  return { ...run, tensors: run.tensors.map((row) => ({ ...row, learningRate })) };
}
