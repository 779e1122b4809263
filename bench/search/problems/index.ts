import type { BenchProblem } from "../problem.ts";
import { batchLaw } from "./batch-law.ts";
import { failureRegions } from "./failure-regions.ts";
import { hartmann } from "./hartmann.ts";
import { mixedShapes } from "./mixed-shapes.ts";
import { scalingLaw, scalingLawOffCenter } from "./scaling-law.ts";

/** Problems that the committed table is about. */
export const judgedProblems: readonly BenchProblem[] = [scalingLaw, hartmann, failureRegions];

/** All of them; settings are chosen on these with seeds of 100 and more. */
export const benchProblems: readonly BenchProblem[] = [...judgedProblems, batchLaw, mixedShapes, scalingLawOffCenter];
