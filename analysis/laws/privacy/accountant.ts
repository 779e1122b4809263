import { log } from "../../numerics/elementary.ts";
import { type GaussianSteps, refuseOutside, sampledGaussianDivergence } from "./sampled-gaussian.ts";

/** Name and version of the arithmetic; a stored epsilon is never read without them. */
const accountant = { name: "ladder-renyi-sampled-gaussian", version: 1 } as const;

/** 1.1, 1.2 … 10.9 and 12, 13 … 63: opacus's `RDPAccountant.DEFAULT_ALPHAS`. */
export const defaultOrders: readonly number[] = [
  ...Array.from({ length: 99 }, (_, index) => 1 + (index + 1) / 10),
  ...Array.from({ length: 52 }, (_, index) => 12 + index),
];

/**
 * From a Rényi divergence r at an order a to epsilon at delta. `balle2020`: r + ln((a - 1) / a) - (ln delta + ln a) / (a - 1)
 * (Balle et al. 2020, arXiv:1905.09982, theorem 21; opacus and TensorFlow Privacy today). `mironov2017`: r + ln(1 / delta) / (a - 1)
 * (Mironov 2017, proposition 3; both libraries before 2020, and figures of that time).
 */
export type PrivacyConversion = "balle2020" | "mironov2017";

export interface PrivacyWarning {
  readonly code: "DELTA_NOT_SMALL" | "ORDER_AT_EDGE";
  readonly words: string;
}

/** An epsilon with all that it depends on. Plain JSON. */
export interface PrivacySpent {
  readonly epsilon: number;
  readonly delta: number;
  /** The order at which epsilon is least. */
  readonly order: number;
  readonly orders: readonly number[];
  readonly conversion: PrivacyConversion;
  readonly accountant: { readonly name: string; readonly version: number };
  readonly steps: readonly GaussianSteps[];
  readonly warnings: readonly PrivacyWarning[];
}

export interface PrivacyQuestion {
  /** What was done to the data, in any order: divergences add up. */
  readonly steps: readonly GaussianSteps[];
  /** Probability in (0, 1) with which the promise may fail. */
  readonly delta: number;
  /** Examples in the data set, for the check of delta; left out: no check. */
  readonly examples?: number;
  /** Rising, all above 1. */
  readonly orders?: readonly number[];
  readonly conversion?: PrivacyConversion;
}

/**
 * Epsilon that DP-SGD has spent, by Rényi accounting (Abadi et al. 2016; Mironov 2017). Equal to opacus 1.5 on its default orders. A
 * negative bound is given as 0.
 *
 * @throws LadderError `input` PRIVACY_DOMAIN when a rate, multiplier, count, delta or order is out of its range
 */
export function privacySpent(question: PrivacyQuestion): PrivacySpent {
  const { steps, delta, examples, orders = defaultOrders, conversion = "balle2020" } = question;
  refuseOutside("delta", delta, delta > 0 && delta < 1, "in (0, 1)");
  refuseOutside("orders", orders.length, orders.length > 0, "a list of at least one order");
  for (const { steps: count } of steps) refuseOutside("steps", count, Number.isInteger(count) && count >= 0, "a whole number, at least 0");
  let epsilon = Infinity;
  let best = 0;
  for (const [index, order] of orders.entries()) {
    refuseOutside("order", order, index === 0 || order > (orders[index - 1] ?? order), "above the order before it");
    let divergence = 0;
    for (const { samplingRate, noiseMultiplier, steps: count } of steps)
      divergence += count * sampledGaussianDivergence(samplingRate, noiseMultiplier, order);
    // Where nothing was done to the data, nothing is spent: no order gives a better bound.
    const bound = divergence === 0 ? 0 : divergence + conversionTerm(conversion, order, delta);
    if (bound < epsilon) {
      epsilon = bound;
      best = index;
    }
  }
  return {
    epsilon: Math.max(0, epsilon),
    delta,
    order: orders[best] ?? Number.NaN,
    orders,
    conversion,
    accountant,
    steps,
    warnings: [...deltaWarning(delta, examples), ...(epsilon > 0 ? edgeWarning(orders, best) : [])],
  };
}

function conversionTerm(conversion: PrivacyConversion, order: number, delta: number): number {
  if (conversion === "mironov2017") return -log(delta) / (order - 1);
  return log((order - 1) / order) - (log(delta) + log(order)) / (order - 1);
}

/** With delta >= 1 / examples, publishing one example in full is "private": the usual advice is far below. */
function deltaWarning(delta: number, examples: number | undefined): PrivacyWarning[] {
  if (examples === undefined || delta < 1 / examples) return [];
  const words = `delta ${delta} is not below 1 / examples = ${Number((1 / examples).toPrecision(3))}: a mechanism that publishes one example in full meets it; choose a smaller delta`;
  return [{ code: "DELTA_NOT_SMALL", words }];
}

function edgeWarning(orders: readonly number[], best: number): PrivacyWarning[] {
  if (best !== 0 && best !== orders.length - 1) return [];
  const side = best === 0 ? "smallest" : "largest";
  const words = `the best order is the ${side} of the list, ${orders[best] ?? ""}: epsilon is an upper bound that ${best === 0 ? "smaller" : "larger"} orders may tighten`;
  return [{ code: "ORDER_AT_EDGE", words }];
}
