import type { TensorRole } from "../../study/trainer-contract.ts";
import type { Evidence, RuleComponent, TensorRule } from "../contract.ts";
import type { Exponent } from "../exponents.ts";
import { type OptimizerFamily, optimizerFamilies } from "../optimizers/contract.ts";

/** A source with what it is worth. */
export interface DepthSource {
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

/** Residual branches multiplied by growth of depth ^ -alpha, and all that follows from it for the tensors inside them. */
export interface DepthRuleChoice {
  readonly id: string;
  /** From 1/2, where branches add up like noise, to 1, where they add up like one motion. */
  readonly alpha: number;
  readonly branch: DepthSource;
  /** Who states the learning rate of a family; families left out are derived. */
  readonly stated: Readonly<Partial<Record<OptimizerFamily, DepthSource>>>;
  /** Epsilon inside blocks x growth ^ -alpha, as their gradients; false leaves it alone. */
  readonly epsilon: DepthSource | false;
  /** Shampoo's exponent of depth with the sign turned, as one may read the text copy of its source. */
  readonly invertShampoo?: boolean;
}

type GradientPower = Exclude<Exponent, number>;

/**
 * Size of a family's step as a power of the size of the gradient: SGD 1; normalised steps 0; Shampoo 1 - 2 (eL + eR), since
 * L and R are quadratic in the gradient; K-FAC -1, since it divides by its output side, quadratic too; FOOF 1, since it divides
 * by activations only (derived from each optimizer's definition).
 */
const gradientPowers: Readonly<Record<OptimizerFamily, GradientPower>> = {
  sgd: { constant: 1 },
  adamLike: { constant: 0 },
  adafactorScaled: { constant: 0 },
  muon: { constant: 0 },
  muonSpectral: { constant: 0 },
  muonMatchRms: { constant: 0 },
  muonJordan: { constant: 0 },
  sphereMuon: { constant: 0 },
  shampoo: { constant: 1, exponentLeft: -2, exponentRight: -2 },
  soap: { constant: 0 },
  adaMuon: { constant: 0 },
  kfac: { constant: -1 },
  foof: { constant: 1 },
};
/** Families whose epsilon is added to something of the gradient's size; AdaMuon's meets an orthogonal matrix. */
const epsilonFamilies: readonly OptimizerFamily[] = [
  "adamLike",
  "muon",
  "muonSpectral",
  "muonMatchRms",
  "muonJordan",
  "sphereMuon",
  "soap",
];

const statedRoles: readonly TensorRole[] = ["hidden", "bias", "normGain"];
/** Routers, scalar gains and whatever else lies in a block: no source names them, and the same argument holds. */
const otherRoles: readonly TensorRole[] = ["input", "output", "scalar"];
const insideBlock = { insideBlock: true } as const;

const derivation =
  "a branch of depth^-alpha must move by depth^-alpha x depth^(alpha - 1), while its gradients shrink like depth^-alpha: learning rate depth^(alpha - 1 + alpha p) for steps of gradient^p";

/**
 * The component for depth that a branch multiplier of growth ^ -alpha asks for. The stream after L branches moves by O(1) a step when
 * each weight inside moves by growth ^ (alpha - 1); gradients there are growth ^ -alpha. So for steps that go like gradient^p:
 * learning rate growth ^ (alpha - 1 + alpha p), decoupled weight decay growth ^ (-alpha p), whereby a step's decay stays in
 * proportion to its motion; epsilon growth ^ -alpha; damping of what is quadratic in gradients growth ^ (-2 alpha). Embedding, final
 * norm and readout take no factor in any source. Sources state single rows of it; the rest is derived, and tagged so. Every family
 * has a row.
 */
export function depthComponent(choice: DepthRuleChoice): RuleComponent {
  const { id, alpha, branch, epsilon } = choice;
  return {
    id,
    axes: ["depth"],
    measure: "growth",
    tensorRules: [
      ...optimizerFamilies.flatMap((family) => familyRules(family, choice)),
      ...(epsilon === false ? [] : [epsilonRule(alpha, epsilon)]),
      damping("dampingFanIn", "shampoo", alpha),
      damping("dampingFanOut", "shampoo", alpha),
      damping("dampingFanOut", "kfac", alpha),
    ],
    operationRules: [{ quantity: "branchMultiplier", exponents: { depth: -alpha }, ...branch }],
    optimizerRules: [],
  };
}

function familyRules(family: OptimizerFamily, { alpha, stated, invertShampoo }: DepthRuleChoice): readonly TensorRule[] {
  const power = gradientPowers[family];
  const sign = family === "shampoo" && invertShampoo === true ? -1 : 1;
  const derived: DepthSource = { source: `derived: ${derivation}`, evidence: ["derived"] };
  const learningRate = { quantity: "learningRate", families: [family], where: insideBlock } as const;
  const rateExponent = affine(sign * (alpha - 1), sign * alpha, power);
  const decay: TensorRule = {
    quantity: "weightDecay",
    roles: [...statedRoles, ...otherRoles],
    families: [family],
    where: insideBlock,
    // Coupled decay is the same thing for SGD; for others no source says what becomes of it.
    weightDecayKinds: family === "sgd" ? ["decoupled", "coupled"] : ["decoupled"],
    exponents: { depth: affine(0, -alpha, power) },
    ...(family === "sgd" && alpha === 1
      ? { source: "arXiv:2603.00541, table 5: decay in proportion to the update, 1/depth in blocks", evidence: ["paper"] }
      : {
          source: "derived: decay of a step in proportion to its motion, depth^(-alpha p) for steps of gradient^p",
          evidence: ["derived"],
        }),
  };
  return [
    { ...learningRate, roles: statedRoles, exponents: { depth: rateExponent }, ...(stated[family] ?? derived) },
    { ...learningRate, roles: otherRoles, exponents: { depth: rateExponent }, ...derived },
    ...(power.constant === 0 ? [] : [decay]),
  ];
}

function epsilonRule(alpha: number, source: DepthSource): TensorRule {
  return {
    quantity: "epsilon",
    roles: [...statedRoles, ...otherRoles],
    families: epsilonFamilies,
    where: insideBlock,
    exponents: { depth: -alpha },
    ...source,
  };
}

function damping(quantity: "dampingFanIn" | "dampingFanOut", family: OptimizerFamily, alpha: number): TensorRule {
  return {
    quantity,
    roles: [...statedRoles, ...otherRoles],
    families: [family],
    where: insideBlock,
    exponents: { depth: -2 * alpha },
    source:
      family === "shampoo"
        ? "Qiu et al. 2025 (arXiv:2512.05620), table 1, and arXiv:2603.00541, table 4, at alpha = 1: 1/depth^2, as the square of the gradient"
        : "derived: the output side of K-FAC is the square of the gradient",
    evidence: family === "shampoo" ? ["paper"] : ["derived"],
  };
}

/** constant + by x exponent. */
function affine(constant: number, by: number, { constant: own, exponentLeft, exponentRight }: GradientPower): Exponent {
  // 0 x -1 would be -0, which JSON cannot tell from 0.
  const times = (value: number): number => (value === 0 ? 0 : value * by);
  if (exponentLeft === undefined && exponentRight === undefined) return constant + times(own);
  return { constant: constant + times(own), exponentLeft: times(exponentLeft ?? 0), exponentRight: times(exponentRight ?? 0) };
}
