/** One thread of a bootstrap: takes the next draw until none is left. Started by `bootstrap-thread.ts`. */
import { workerData } from "node:worker_threads";
import { bootstrapRefits } from "../../analysis/fits/bootstrap.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { assertInvariant } from "../../analysis/study/ladder-error.ts";
import { isBootstrapTask, takeDraw } from "./shared-draws.ts";

const task: unknown = workerData;
assertInvariant(isBootstrapTask(task), "a thread of a bootstrap is told its task");
const { lawId, rows, problem, best, options, draws } = task;
const refitOf = bootstrapRefits(prepareFit(findLaw(lawId), rows, problem), best, options);
while (takeDraw(draws, refitOf));
