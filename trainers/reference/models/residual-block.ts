import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Address } from "../engine/kernels.ts";
import { type Factor, type ModelContext, neutralFactor } from "./model-context.ts";
import { createNorm } from "./norm.ts";

/** What a residual block adds to its stream; it reads the `input` that it was built with. */
export interface Branch {
  /** Writes its result to `to`, or adds it there: as its BranchSettings say. */
  forward(to: Address): void;
  /** Sets `inputGradient` from the gradient of what `forward` wrote or added to, and the gradients of the branch's tensors. */
  backward(gradient: Address, inputGradient: Address): void;
}

/** Where a branch reads and how it gives its result. */
export interface BranchSettings {
  readonly input: Address;
  readonly factor: Factor;
  readonly accumulate: 0 | 1;
}

/** One block of a residual stream. */
export interface ResidualBlock {
  /** The stream that enters it. */
  readonly x: Address;
  forward(next: Address): void;
  /** From the gradient to `next` that to `x`, whose room may be the same. */
  backward(nextGradient: Address, gradient: Address): void;
}

export interface ResidualBlockSettings {
  /** Name in observations. */
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly multipliers: Operations["residualBlocks"][number];
  /** Tensor of the norm's gains; left out: none. */
  readonly gain?: string | undefined;
  /** Left out: the norm comes first in the branch. */
  readonly normPosition?: "branchOutput" | undefined;
}

/**
 * next = skipMultiplier * x + branchMultiplier * f(RMSNorm(x)), or with normPosition `branchOutput` skipMultiplier * x + branchMultiplier *
 * RMSNorm(f(x)). Where unit scaling puts the branch's gradient at the split, the branch sees the stream's gradient as it is, and
 * branchMultiplier meets what it passes back to x (Blake et al. 2024, arXiv:2407.17465; residual_split of unit-scaling).
 */
export function createResidualBlock(
  context: ModelContext,
  settings: ResidualBlockSettings,
  createBranch: (settings: BranchSettings) => Branch,
): ResidualBlock {
  const { observer } = context;
  const size = settings.rows * settings.width;
  const x = context.engine.allocate(size);
  const block = (settings.normPosition === undefined ? normFirst : normLast)(context, settings, x, createBranch);
  if (observer === undefined) return block;
  const split = `${settings.name}.input`;
  return {
    x,
    forward(next) {
      if (observer.active) observer.value(split, x, size);
      block.forward(next);
    },
    backward(nextGradient, gradient) {
      block.backward(nextGradient, gradient);
      if (observer.active) observer.gradient(split, gradient, size, 1);
    },
  };
}

type CreateBranch = Parameters<typeof createResidualBlock>[2];

/** branchMultiplier on the way forward, and where it meets the gradient: at the branch's end or at the split. */
function branchFactors({ operations }: ModelContext, { multipliers }: ResidualBlockSettings): { factor: Factor; splitFactor: number } {
  const { branchMultiplier } = multipliers;
  const atSplit = operations.unitScaling?.branchGradientAtSplit ?? false;
  return atSplit
    ? { factor: { forward: branchMultiplier, backward: 1 }, splitFactor: branchMultiplier }
    : { factor: { forward: branchMultiplier, backward: branchMultiplier }, splitFactor: 1 };
}

function normFirst(context: ModelContext, settings: ResidualBlockSettings, x: Address, createBranch: CreateBranch): ResidualBlock {
  const { kernels, allocate } = context.engine;
  const { rows, width, gain, multipliers } = settings;
  const size = rows * width;
  const { factor, splitFactor } = branchFactors(context, settings);
  const norm = createNorm(context, rows, width, gain);
  const branch = createBranch({ input: norm.y, factor, accumulate: 1 });
  const normedGradient = allocate(size);
  return {
    x,
    forward(next) {
      norm.forward(x);
      kernels.copyScaled(next, x, size, multipliers.skipMultiplier);
      branch.forward(next);
    },
    backward(nextGradient, gradient) {
      branch.backward(nextGradient, normedGradient);
      if (gradient !== nextGradient) kernels.copyScaled(gradient, nextGradient, size, 1);
      norm.backward(normedGradient, gradient, multipliers.skipMultiplier, splitFactor);
    },
  };
}

function normLast(context: ModelContext, settings: ResidualBlockSettings, x: Address, createBranch: CreateBranch): ResidualBlock {
  const { kernels, allocate } = context.engine;
  const { rows, width, gain, multipliers } = settings;
  const size = rows * width;
  const { factor, splitFactor } = branchFactors(context, settings);
  const norm = createNorm(context, rows, width, gain);
  const branch = createBranch({ input: x, factor: neutralFactor, accumulate: 0 });
  const [result, resultGradient, passedBack] = [allocate(size), allocate(size), allocate(size)];
  return {
    x,
    forward(next) {
      branch.forward(result);
      norm.forward(result);
      kernels.copyScaled(next, x, size, multipliers.skipMultiplier);
      kernels.addScaled(next, norm.y, size, factor.forward);
    },
    backward(nextGradient, gradient) {
      kernels.copyScaled(passedBack, nextGradient, size, factor.backward);
      norm.backward(passedBack, resultGradient, 0, 1);
      branch.backward(resultGradient, passedBack);
      kernels.copyScaled(gradient, nextGradient, size, multipliers.skipMultiplier);
      kernels.addScaled(gradient, passedBack, size, splitFactor);
    },
  };
}
