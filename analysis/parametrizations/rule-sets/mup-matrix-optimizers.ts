import type { TensorRole } from "../../study/trainer-contract.ts";
import type { Evidence, TensorRule } from "../contract.ts";
import type { Exponents } from "../exponents.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

/** Families whose step is made from a matrix as a whole, and that muP has a rule for. */
export const muMatrixFamilies: readonly OptimizerFamily[] = [
  "muon",
  "muonSpectral",
  "muonMatchRms",
  "muonJordan",
  "shampoo",
  "soap",
  "adaMuon",
  "kfac",
  "foof",
];

const matrixRoles: readonly TensorRole[] = ["input", "hidden", "output"];
const table3 = "Yang et al. 2022 (arXiv:2203.03466), table 3";
const secondOrder = "Ishikawa and Karakida 2023 (arXiv:2312.12226); set_mup of its first author's classmup 1c5597c";
const qiu = "Qiu et al. 2025 (arXiv:2512.05620), table 1";

/** Written in form 3, as the sources print them: no multiplier, and the output's deviation falls like 1/fanIn. */
const scaleRules: readonly TensorRule[] = [
  { quantity: "initStd", roles: ["hidden"], families: muMatrixFamilies, exponents: { fanIn: -1 / 2 }, source: table3, evidence: ["paper"] },
  { quantity: "initStd", roles: ["output"], families: muMatrixFamilies, exponents: { fanIn: -1 }, source: table3, evidence: ["paper"] },
];

function rate(
  family: OptimizerFamily,
  roles: readonly TensorRole[],
  exponents: Exponents,
  source: string,
  evidence: readonly Evidence[],
): TensorRule {
  return { quantity: "learningRate", roles, families: [family], exponents, source, evidence };
}

/** A step of spectral norm 1 must become one of sqrt(fanOut / fanIn) (Yang et al. 2023, arXiv:2310.17813, condition 1). */
const spectral: Exponents = { fanOut: 1 / 2, fanIn: -1 / 2 };

const learningRateRules: readonly TensorRule[] = [
  rate("muon", matrixRoles, spectral, `arXiv:2603.00541, table 4; ${qiu}; spectral condition`, ["paper", "live"]),
  rate(
    "muonSpectral",
    matrixRoles,
    {},
    "the factor sqrt(fanOut / fanIn) is in the optimizer: Yang et al. 2023 (arXiv:2310.17813); microsoft/dion 0a059a4",
    ["paper", "code"],
  ),
  rate(
    "muonMatchRms",
    ["hidden"],
    { fanIn: -1 / 2 },
    "arXiv:2603.00541, tables 1 and 3: the factor 0.2 sqrt(max(fanOut, fanIn)) grows by sqrt(width) too much",
    ["paper"],
  ),
  rate("muonMatchRms", ["output"], { fanIn: -1 }, "arXiv:2603.00541, tables 1 and 3, in form 3", ["paper"]),
  rate("muonMatchRms", ["input"], {}, "arXiv:2603.00541, tables 1 and 3", ["paper"]),
  rate("muonJordan", ["input", "hidden"], {}, "the factor sqrt(max(1, fanOut / fanIn)) is in the optimizer: KellerJordan/Muon", ["code"]),
  rate("muonJordan", ["output"], { fanIn: -1 / 2 }, "spectral condition: that factor is 1 for wide to narrow matrices", ["derived"]),
  rate(
    "shampoo",
    matrixRoles,
    {
      fanOut: { constant: 1, exponentLeft: -1, exponentRight: -1 },
      fanIn: { constant: -1, exponentLeft: 1, exponentRight: 1 },
      blockCount: { constant: 0, exponentLeft: -1, exponentRight: -1 },
    },
    `${qiu} and B.3: (fanOut / fanIn)^(1 - eL - eR) x blocks^-(eL + eR); at 1/4, 1/4 as ${secondOrder}`,
    ["paper", "code", "live"],
  ),
  rate(
    "soap",
    matrixRoles,
    { blockFanOut: { constant: 0, exponentLeft: 1 / 2 }, blockFanIn: { constant: 0, exponentRight: 1 / 2 }, fanIn: -1 },
    `${qiu}: blockFanOut^(eL/2) blockFanIn^(eR/2) / fanIn`,
    ["paper"],
  ),
  rate("adaMuon", ["hidden"], { fanIn: -1 }, qiu, ["paper"]),
  rate("adaMuon", ["output"], { fanIn: -1 }, "a step of Adam's size, in form 3", ["derived"]),
  rate("kfac", matrixRoles, {}, `${secondOrder}: constant`, ["code", "live"]),
  rate(
    "foof",
    matrixRoles,
    { fanOut: 1 },
    `${secondOrder}: the gradient's entries are 1/fanOut, and the side of the outputs is not divided out`,
    ["code", "live"],
  ),
];

function damping(
  quantity: "dampingFanIn" | "dampingFanOut",
  family: OptimizerFamily,
  exponents: Exponents,
  source: string,
  evidence: readonly Evidence[],
): TensorRule {
  return { quantity, roles: matrixRoles, families: [family], exponents, source, evidence };
}

/** Damping follows the largest eigenvalue of what it is added to: x x^T grows like fanIn, dy dy^T falls like 1/fanOut. */
const dampingRules: readonly TensorRule[] = [
  ...(["kfac", "foof"] as const).map((family) =>
    damping("dampingFanIn", family, { fanIn: 1 }, `${secondOrder}: damping of A`, ["code", "derived", "live"]),
  ),
  damping("dampingFanOut", "kfac", { fanOut: -1 }, `${secondOrder}: damping of B`, ["code", "derived", "live"]),
  ...(["dampingFanIn", "dampingFanOut"] as const).map((quantity) =>
    damping(quantity, "shampoo", { fanIn: 1, fanOut: -1, blockCount: -1 }, "arXiv:2512.05620, section 3.1, with blocks", ["paper"]),
  ),
];

/**
 * Epsilon by role, in form 3. Muon's is added to the norm of the gradient, |dy| |x| = sqrt(fanIn / fanOut); SOAP's to its entries in
 * the basis of its blocks; AdaMuon's to the entries of an orthogonal matrix.
 */
export const mupMatrixEpsilonRules: readonly TensorRule[] = [
  {
    quantity: "epsilon",
    roles: matrixRoles,
    families: ["muon", "muonSpectral", "muonMatchRms", "muonJordan"],
    exponents: { fanIn: 1 / 2, fanOut: -1 / 2 },
    source: `${qiu}: Muon's normalisation`,
    evidence: ["paper"],
  },
  {
    quantity: "epsilon",
    roles: matrixRoles,
    families: ["soap"],
    exponents: { blockFanOut: { constant: 0, exponentLeft: 1 / 2 }, blockFanIn: { constant: 0, exponentRight: 1 / 2 }, fanOut: -1 },
    source: `${qiu}: blockFanOut^(eL/2) blockFanIn^(eR/2) / fanOut`,
    evidence: ["paper"],
  },
  {
    quantity: "epsilon",
    roles: matrixRoles,
    families: ["adaMuon"],
    exponents: { fanIn: -1 / 2, fanOut: -1 / 2 },
    source: qiu,
    evidence: ["paper"],
  },
];

/** muP under optimizers of matrices: deviations, learning rates and dampings, in form 3. */
export const mupMatrixRules: readonly TensorRule[] = [...scaleRules, ...learningRateRules, ...dampingRules];
