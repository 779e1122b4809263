import type { ResidualBranch } from "../architectures/contract.ts";

/** skip x x + branch x f(x), with skip^2 + branch^2 = 1, so that a unit-scaled stream stays so. */
export interface ResidualCoefficients {
  readonly skipMultiplier: number;
  readonly branchMultiplier: number;
}

/**
 * Coefficients of a branch whose scale is tau times that of the skip: tau / (1 + tau^2)^1/2 and 1 / (1 + tau^2)^1/2. On the way forward
 * they stand where branch and skip are added; on the way back where they split, so that gradients inside a branch keep unit
 * scale (unit-scaling 0.3.5, functional.residual_split and residual_add).
 */
export function residualCoefficients(tau: number): ResidualCoefficients {
  const whole = Math.sqrt(1 + tau * tau);
  return { skipMultiplier: 1 / whole, branchMultiplier: tau / whole };
}

export interface ResidualTauSettings {
  /** u-muP's alpha_res: contribution of a kind of branch against the embedding. */
  readonly residualMultiplier: number;
  /** u-muP's alpha_res-attn-ratio: contribution of attention against feed-forward. */
  readonly attentionResidualRatio: number;
}

/**
 * tau of every residual branch, in the order of execution: all attention branches contribute alike to the end of the stream, all
 * feed-forward branches alike, the mean square of both against the embedding is residualMultiplier and their ratio
 * attentionResidualRatio (Blake et al. 2024, arXiv:2407.17465, appendix G; unit-scaling 0.3.5, core/functional.py,
 * transformer_residual_scaling_rule).
 *
 * With a_f = residualMultiplier (2 / (1 + ratio^2))^1/2, a_a = ratio a_f and N branches, half of each kind: tau = a / (N/2 + n_a a_a^2 + n_f
 * a_f^2)^1/2, n_a and n_f branches of the kind before it. Where the kinds are not equally many, each a^2 is shared among
 * the branches of its own kind, and where there is one kind its a is residualMultiplier: derived from the same conditions.
 */
export function residualTaus(branches: readonly ResidualBranch[], settings: ResidualTauSettings): readonly number[] {
  const { residualMultiplier, attentionResidualRatio } = settings;
  const count = (kind: ResidualBranch) => branches.filter((branch) => branch === kind).length;
  const counts: Readonly<Record<ResidualBranch, number>> = { attention: count("attention"), feedForward: count("feedForward") };
  const mixed = counts.attention > 0 && counts.feedForward > 0;
  const feedForward = mixed
    ? residualMultiplier * Math.sqrt(2 / (1 + attentionResidualRatio * attentionResidualRatio))
    : residualMultiplier;
  const strengths: Readonly<Record<ResidualBranch, number>> = {
    attention: mixed ? attentionResidualRatio * feedForward : residualMultiplier,
    feedForward,
  };
  // Mean square of the stream before a branch, in units of the embedding's.
  let stream = 1;
  return branches.map((branch) => {
    const contribution = strengths[branch] / Math.sqrt(counts[branch]);
    const tau = contribution / Math.sqrt(stream);
    stream += contribution * contribution;
    return tau;
  });
}
