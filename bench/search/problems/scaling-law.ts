import { searchSpaceSchema, type SearchSpace } from "../../../analysis/search/space/search-space.ts";
import { type BenchProblem, numberOf } from "../problem.ts";

const [least, A, B, alpha, beta] = [1.69, 406.4, 410.7, 0.34, 0.28];
const [fewest, most] = [1e6, 1e10];

function space(learningRateCenter: number): SearchSpace {
  return searchSpaceSchema.parse({
    parameters: [
      { kind: "numeric", name: "N", scale: "log", from: fewest, to: most, center: 1e7, integer: true },
      { kind: "numeric", name: "D", scale: "log", from: 2e7, to: 2e12, center: 2e8, integer: true },
      { kind: "numeric", name: "lr", scale: "log", from: 1e-6, to: 1, center: learningRateCenter },
      { kind: "numeric", name: "d1", scale: "linear", from: -1, to: 1, center: 0 },
      { kind: "numeric", name: "d2", scale: "logit", from: 0.01, to: 0.999, center: 0.9 },
    ],
  });
}

/** The law without the penalty of a wrong learning rate. */
function floor(N: number, D: number): number {
  return least + A / N ** alpha + B / D ** beta;
}

function optimalLearningRate(N: number, D: number): number {
  return 1.79 * N ** -0.713 * D ** 0.307;
}

/** a: a scaling law with a learning rate to tune, and two parameters without effect. */
export const scalingLaw: BenchProblem = {
  id: "a",
  words: "scaling law: loss of N, D and learning rate; cost 6 N D; two parameters without effect",
  space: space(1e-3),
  leastCost: 120,
  cap: 1e5,
  referenceLoss: 5.6,
  cost: (values) => (6 * numberOf(values, "N") * numberOf(values, "D")) / 1e14,
  loss(values) {
    const [N, D] = [numberOf(values, "N"), numberOf(values, "D")];
    return floor(N, D) + 0.05 * (Math.log(numberOf(values, "lr")) - Math.log(optimalLearningRate(N, D))) ** 2;
  },
  deviation: () => 0.005,
  failure: () => null,
  best(cost) {
    const product = (cost * 1e14) / 6;
    let best = Infinity;
    for (let index = 0; index <= 4000; index += 1) {
      const N = Math.exp(Math.log(fewest) + (index / 4000) * Math.log(most / fewest));
      const D = product / N;
      if (D >= 2e7 && D <= 2e12) best = Math.min(best, floor(N, D));
    }
    return best;
  },
  settings: { "one-epoch": { fidelity: "D", first: 2e8, full: 2e10, candidates: 80, keep: 20 }, enumerate: { points: 2 } },
};

/** The same, begun two decades off in the learning rate. */
export const scalingLawOffCenter: BenchProblem = {
  ...scalingLaw,
  id: "a-off",
  words: "problem a with its centre two decades off in the learning rate",
  space: space(1e-5),
};
