import type { CheckHint, ParametrizationContent, RuleComponent, TransferClaim } from "../contract.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

/** What a component adds to the set that it is composed with. */
export interface ComponentContent {
  readonly component: RuleComponent;
  /** Families that it has a rule for; a composed set knows those that all its parts know. */
  readonly optimizerFamilies: readonly OptimizerFamily[];
  readonly transfers: readonly TransferClaim[];
  readonly checkHints?: readonly CheckHint[];
}

/** The content of a definition of kind `component`: deviations and attention are the set's, so what stands here for them is never read. */
export function componentContent({ component, ...rest }: ComponentContent): ParametrizationContent {
  return { initialDeviation: "framework", attentionBase: "inverseSquareRoot", components: [component], ...rest };
}
