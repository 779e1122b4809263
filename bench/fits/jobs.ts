import { bootstrapFits } from "../../analysis/fits/bootstrap.ts";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { bootstrapOnThreads } from "../../infra/threads/bootstrap.ts";

/** What a job took and where it ended. */
export interface Measured {
  /** User and system time of this process. */
  readonly cpuSeconds: number;
  /** Lowest objective: Huber, delta 0.001 on ln loss, summed. */
  readonly objective: number;
  readonly note: string;
}

const steps = [0, 5, 10, 15, 20, 25];
const exponents = [0, 0.5, 1, 1.5, 2];
/** Hoffmann et al. 2022, appendix D.3, in the order ln E, ln A, ln B, alpha, beta. */
export const hoffmannStarts = [[-1, -0.5, 0, 0.5, 1], steps, steps, exponents, exponents];
/** A point off any published one, for a single fit. */
export const singleStart = [0.5, 5, 5, 0.3, 0.3];

function timed(job: () => Omit<Measured, "cpuSeconds">): Measured {
  const before = process.cpuUsage();
  const result = job();
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, ...result };
}

/** Refits to resampled rows, from the minimum of all. */
export function bootstrapJob(rows: FitRows, count: number): Measured {
  const fit = fitLaw(chinchilla, rows);
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  return timed(() => {
    const draws = bootstrapFits(prepareFit(chinchilla, rows), best, { kind: "pairs", seed: 1, count });
    const alphas = Float64Array.from({ length: draws.count }, (_, draw) => draws.coordinates[draw * draws.size + 3] ?? 0).sort();
    const at = (share: number): string => (alphas[Math.round(share * (count - 1))] ?? 0).toFixed(4);
    return { objective: fit.objectiveValue, note: `alpha ${at(0.5)}, 95 % ${at(0.025)} to ${at(0.975)}` };
  });
}

/** The same on threads as a command does it: others are started where they are worth it. */
export async function threadsJob(rows: FitRows, count: number, threads: number): Promise<ThreadsMeasured> {
  const best = Float64Array.from(fitLaw(chinchilla, rows).parameters, ({ coordinate }) => coordinate);
  const before = process.cpuUsage();
  const began = performance.now();
  const { coordinates } = await bootstrapOnThreads(
    { law: chinchilla, rows, problem: {}, best },
    { kind: "pairs", seed: 1, count },
    { threads },
  );
  const { user, system } = process.cpuUsage(before);
  return {
    name: `${threads} ${threads === 1 ? "thread " : "threads"}`,
    wallSeconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    coordinates,
  };
}

/** What threads took, together. */
export interface ThreadsMeasured {
  readonly name: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly coordinates: Float64Array;
}

/** Hoffmann's 4,500 starts: ranked, or each run to its end. */
export function startsJob(rows: FitRows, starts: "ranked" | "all"): Measured {
  return timed(() => {
    const fit = fitLaw(chinchilla, rows, { starts: hoffmannStarts, search: { starts } });
    return {
      objective: fit.objectiveValue,
      note: `${fit.starts.run} run, ${(100 * fit.starts.shareReached).toFixed(0)} % of them reached it`,
    };
  });
}

/** One fit from one start. */
export function singleJob(rows: FitRows): Measured {
  return timed(() => {
    const fit = fitLaw(chinchilla, rows, { starts: singleStart.map((value) => [value]) });
    return { objective: fit.objectiveValue, note: `${fit.evaluations} evaluations` };
  });
}
