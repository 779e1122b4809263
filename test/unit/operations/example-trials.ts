import { planTrials } from "../../../analysis/search/plan.ts";
import { studySpecSchema, type StudySpecInput } from "../../../analysis/study/study-spec.ts";
import type { PlannedTrial } from "../../../analysis/study/trial.ts";

/** A small study that needs no file: a Markov source, two widths, SP against muP, which agree at width 16. */
export const exampleStudy: StudySpecInput = {
  study: "example",
  question: "Does the learning rate transfer over width?",
  model: { architecture: "transformer", sequenceLength: 8 },
  data: { kind: "markov", id: "markov-8", seed: 1, vocabularySize: 8, concentration: 0.5 },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.99 },
  base: { width: 16 },
  scales: { width: [16, 32], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 640 },
  parametrizations: ["sp", "mup"],
  space: { learningRate: { log2: { from: -8, to: -6, step: 1 } } },
  seeds: [1, 2],
};

export const exampleTrainer = { version: "1", programDigest: "f".repeat(64) };

export function exampleTrials(study: StudySpecInput = exampleStudy): readonly PlannedTrial[] {
  const spec = studySpecSchema.parse(study);
  return planTrials(spec, { kind: "markov", id: "markov-8", seed: 1, vocabularySize: 8, concentration: 0.5 }, exampleTrainer);
}
