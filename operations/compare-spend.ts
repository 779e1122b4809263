import { countScale } from "../analysis/parametrizations/architectures/count.ts";
import { findArchitecture } from "../analysis/parametrizations/architectures/index.ts";
import type { Scale } from "../analysis/study/scale.ts";
import { significant } from "../analysis/study/number-words.ts";
import type { StudyDocument } from "./study-document.ts";

/** What the proxies cost beside one training of the target. */
export interface SpendComparison {
  /** FLOPs of all proxy runs that ended, as recorded; runs as large as the target are left out. */
  readonly proxyTrainingFlops: number;
  readonly proxyCpuSeconds: number;
  /** FLOPs of one run of the target, counted by the architecture's formula. */
  readonly targetTrainingFlops: number;
  readonly trainingFlopsFormula: string;
  /** Processor seconds of that run at the rate recorded on the largest proxies; null where no attempt recorded its time. */
  readonly targetCpuSeconds: number | null;
  /** proxyTrainingFlops / targetTrainingFlops. */
  readonly share: number;
  readonly words: string;
}

/**
 * Proxy spend over target spend, the "7 % of one pretraining" of Yang et al. 2022 (arXiv:2203.03466), section 7.3, from what runs
 * recorded. A run shared by two trials counts once.
 */
export function compareSpend(document: Pick<StudyDocument, "spec" | "sweeps" | "trials" | "runs">, target: Scale): SpendComparison | null {
  const { spec, trials, runs } = document;
  const data = document.sweeps.at(-1)?.data;
  if (data === undefined) return null;
  const architecture = findArchitecture(spec.model.architecture);
  const model = architecture.resolveModel(spec.model, data);
  const counted = countScale(target, architecture.tensors(model, target, spec.model), architecture.trainingFlopsFormula);
  if (counted.trainingFlops === 0) return null;

  const scaleOf = new Map(trials.flatMap((trial) => trial.runs.map(({ runKey }) => [runKey, trial.scale] as const)));
  const proxies = runs.flatMap(({ runKey, state, tokens, attempts }) => {
    const scale = scaleOf.get(runKey);
    if (scale === undefined || (state !== "finished" && state !== "diverged") || scale.trainingFlops >= counted.trainingFlops) return [];
    // A diverged run cost the tokens that it saw.
    const trainingFlops = scale.trainingFlops * Math.min(1, (tokens ?? scale.tokenHorizon) / scale.tokenHorizon);
    return [{ trainingFlops, cpuSeconds: attempts.reduce((sum, attempt) => sum + (attempt.cpuSeconds ?? 0), 0) }];
  });
  if (proxies.length === 0) return null;
  const largest = Math.max(...proxies.map(({ trainingFlops }) => trainingFlops));
  const timed = proxies.filter(({ trainingFlops, cpuSeconds }) => trainingFlops === largest && cpuSeconds > 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const proxyTrainingFlops = sum(proxies.map(({ trainingFlops }) => trainingFlops));
  const proxyCpuSeconds = sum(proxies.map(({ cpuSeconds }) => cpuSeconds));
  const targetCpuSeconds =
    timed.length === 0 ? null : (sum(timed.map(({ cpuSeconds }) => cpuSeconds)) / timed.length / largest) * counted.trainingFlops;
  const share = proxyTrainingFlops / counted.trainingFlops;
  const seconds =
    targetCpuSeconds === null ? "" : `, about ${significant(targetCpuSeconds)} s of processor time at the rate of the largest proxies`;
  return {
    proxyTrainingFlops,
    proxyCpuSeconds,
    targetTrainingFlops: counted.trainingFlops,
    trainingFlopsFormula: counted.trainingFlopsFormula,
    targetCpuSeconds,
    share,
    words: `${proxies.length} proxy runs cost ${proxyTrainingFlops.toExponential(2)} FLOPs (${significant(proxyCpuSeconds)} s of processor time), ${shareWords(share)} one training of the target: ${counted.trainingFlops.toExponential(2)} FLOPs (${counted.trainingFlopsFormula}${seconds})`,
  };
}

function shareWords(share: number): string {
  return share < 1 ? `${significant(100 * share)} % of` : `${significant(share)} times`;
}
