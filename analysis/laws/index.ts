import { LadderError } from "../study/ladder-error.ts";
import { annealing } from "./annealing.ts";
import { brokenPowers } from "./broken-powers.ts";
import { chinchilla } from "./chinchilla.ts";
import type { Law } from "./contract.ts";
import { dataConstrained } from "./data-constrained.ts";
import { farseer } from "./farseer.ts";
import { fineGrainedExperts } from "./fine-grained-experts.ts";
import { kaplanJoint } from "./kaplan-joint.ts";
import { learningRateOfLogSize } from "./learning-rate-of-log-size.ts";
import { modelCollapse } from "./model-collapse.ts";
import { optimumPowers } from "./optimum-powers.ts";
import { overTraining } from "./over-training.ts";
import { powersOfOne } from "./powers-of-one.ts";
import { privateBatchBias } from "./private-batch-bias.ts";
import { routed } from "./routed.ts";
import { sparseExperts } from "./sparse-experts.ts";
import { widthDepthTokens } from "./width-depth-tokens.ts";

/** Every law. To add one: one file and one line here; the contract suite then runs over it. */
export const laws: readonly Law[] = [
  chinchilla,
  ...powersOfOne,
  ...brokenPowers,
  kaplanJoint,
  farseer,
  dataConstrained,
  overTraining,
  widthDepthTokens,
  routed,
  fineGrainedExperts,
  sparseExperts,
  annealing,
  learningRateOfLogSize,
  ...optimumPowers,
  privateBatchBias,
  modelCollapse,
];

/** @throws LadderError `input` LAW_UNKNOWN, which lists the known ones */
export function findLaw(id: string): Law {
  const found = laws.find((law) => law.id === id);
  if (found !== undefined) return found;
  const known = laws.map((law) => law.id);
  throw new LadderError("input", "LAW_UNKNOWN", `there is no law "${id}"; known: ${known.join(", ")}`, { fields: { id, known } });
}
