import type { WeightDecayKind } from "../study/study-spec.ts";
import type { TensorRole, TensorRow } from "../study/trainer-contract.ts";
import type { ModelFacts, TensorShape } from "./architectures/contract.ts";
import type { Parametrization, TensorQuantity } from "./contract.ts";
import { tensorQuantities } from "./contract.ts";
import type { Measure } from "./exponents.ts";
import { modelReadings, type TensorCell, tensorFactor } from "./evaluate.ts";
import { type Factor, multiplyFactors, type ScaleReadings, unitFactor } from "./factor.ts";
import { type TensorFactors, toForm, unitFactors } from "./forms.ts";
import { type GrownTensor, pairWithBase } from "./growth.ts";
import type { ResolvedHyperparameters } from "./hyperparameters.ts";
import type { OptimizerChoice, OptimizerInUse } from "./optimizers/contract.ts";
import { defaultDamping, isMatrixFamily } from "./optimizers/families.ts";
import { assertModulesReached } from "./rule-reach.ts";
import { assertDepthScales, assertHasRule, assertModulesExist, assertSomethingScales } from "./resolution-refusals.ts";
import type { ScalePair } from "./scale-pair.ts";

export interface TensorResolution extends ScalePair {
  readonly parametrization: Parametrization;
  readonly optimizer: OptimizerChoice;
  readonly tensors: readonly TensorShape[];
  /** The same tensors at the base width (and at this depth). */
  readonly baseTensors: readonly TensorShape[];
  readonly hyperparameters: ResolvedHyperparameters;
  readonly weightDecayKind: WeightDecayKind;
  /** What unit scaling asks of the model; left out: gradients are the true ones. */
  readonly modelFacts?: ModelFacts | undefined;
}

/** A row of the trainer contract's table, and what each of its numbers was made of. */
export interface ResolvedTensor extends GrownTensor {
  readonly optimizer: OptimizerInUse;
  readonly row: TensorRow;
  /** Value of each quantity before any rule. */
  readonly baseValues: Readonly<Record<TensorQuantity, number>>;
  readonly factors: TensorFactors;
  /** What turns the study's kind of decay into the coefficient that a trainer multiplies with its learning rate. */
  readonly decayConversion: { readonly value: number; readonly formula: string };
  /** For a tied embedding: the forward multiplier of its use as readout. */
  readonly tiedReadout?: Factor;
}

/**
 * Every tensor resolved: quantity = base value x the rule set's powers of how much this tensor and the model grew.
 * Base values under `framework` deviations: matrices N(0, (initStd / sqrt(base fan-in))^2) with lookup tables of fan-in 1,
 * biases 0, gains 1, and where the architecture says so a fixed factor on a tensor's deviation (position tables).
 *
 * @throws LadderError `input` OPTIMIZER_WITHOUT_RULE, OPTIMIZER_NEEDS_FALLBACK, MODULE_UNKNOWN, MODULES_ABSENT, MULTIPLIERS_ALL_ONE, and see `pairWithBase`
 */
export function resolveTable(input: TensorResolution): readonly ResolvedTensor[] {
  const pairs = pairWithBase(input);
  assertDepthScales(input);
  assertModulesExist(input);
  assertModulesReached(input.parametrization, input.tensors);
  // Blocks repeat: tensors that differ in name only are resolved once.
  const known = new Map<string, ResolvedTensor>();
  const resolved = pairs.map((pair): ResolvedTensor => {
    const { name } = pair.tensor;
    const key = JSON.stringify([
      { ...pair.tensor, name: "" },
      { ...pair.base, name: "" },
    ]);
    const found = known.get(key);
    if (found !== undefined) return { ...found, ...pair, row: { ...found.row, name, shape: [...pair.tensor.shape] } };
    const tensor = resolveTensor(input, pair);
    known.set(key, tensor);
    return tensor;
  });
  assertSomethingScales(input, resolved);
  return nameGroups(resolved);
}

/** The tensor table of the trainer contract: the rows of `resolveTable`, with the same errors. */
export function resolveTensors(input: TensorResolution): TensorRow[] {
  return resolveTable(input).map(({ row }) => row);
}

/** The optimizer that updates a tensor of a role. */
export function optimizerForRole({ main, fallback }: OptimizerChoice, role: TensorRole): OptimizerInUse {
  return fallback?.roles.includes(role) === true ? fallback.optimizer : main;
}

function resolveTensor(input: TensorResolution, pair: GrownTensor): ResolvedTensor {
  const { parametrization, hyperparameters } = input;
  const { tensor } = pair;
  const optimizer = optimizerForRole(input.optimizer, tensor.role);
  assertHasRule(parametrization, optimizer, tensor);
  const own = chosenForm(input, pair, optimizer);
  // In a grafted step it is the direction's statistics that are damped, whatever the size of the step is taken from.
  const damped = directionOf(input.optimizer, optimizer, tensor);
  assertHasRule(parametrization, damped, tensor);
  const { dampingFanIn, dampingFanOut } = damped === optimizer ? own.factors : chosenForm(input, pair, damped).factors;
  const factors = { ...own.factors, dampingFanIn, dampingFanOut };
  const baseValues = tensorBaseValues(parametrization, damped, hyperparameters, pair);
  const value = (quantity: TensorQuantity): number => baseValues[quantity] * factors[quantity].value;
  const learningRate = value("learningRate");
  const decayConversion = convertDecay(input, learningRate);
  const forwardMultiplier = value("forwardMultiplier");
  // Without unit scaling the gradient is the true one: what multiplies y multiplies the gradient to x.
  const gradients =
    input.modelFacts === undefined ? undefined : parametrization.unitScaling?.gradients(tensor, { ...input.modelFacts, ...input });
  const damping = { fanIn: value("dampingFanIn"), fanOut: value("dampingFanOut") };
  const tiedReadout = tensor.tied === true ? tiedReadoutFactor(input, pair, optimizer, own.t) : undefined;
  return {
    ...pair,
    optimizer,
    baseValues,
    factors,
    decayConversion,
    ...(tiedReadout === undefined ? {} : { tiedReadout }),
    row: {
      name: tensor.name,
      role: tensor.role,
      shape: [...tensor.shape],
      fanIn: tensor.fanIn,
      fanOut: tensor.fanOut,
      initStd: value("initStd"),
      // Where y = a (W x) is written as (a t) (W / t) x, the mean of W is divided as its noise is.
      initMean: (tensor.initMean ?? (tensor.role === "normGain" ? 1 : 0)) / own.t.value,
      forwardMultiplier,
      backwardMultiplier: gradients?.backwardMultiplier ?? forwardMultiplier,
      ...(gradients === undefined ? {} : { weightGradientMultiplier: gradients.weightGradientMultiplier }),
      learningRate,
      weightDecay: value("weightDecay") * decayConversion.value,
      epsilon: value("epsilon"),
      ...(damping.fanIn === 0 && damping.fanOut === 0 ? {} : { damping }),
      group: tensor.role,
    },
  };
}

/** The optimizer whose direction a tensor follows: that of a grafted step for matrices of the main optimizer, else its own. */
function directionOf({ main, direction }: OptimizerChoice, optimizer: OptimizerInUse, { shape }: TensorShape): OptimizerInUse {
  return direction === undefined || optimizer !== main || (shape.length < 2 && isMatrixFamily(direction.family)) ? optimizer : direction;
}

/** A tensor's factors in the form that the rule set asks for, and the t that led there from the form of its rules. */
function chosenForm(
  input: TensorResolution,
  pair: GrownTensor,
  optimizer: OptimizerInUse,
): { readonly factors: TensorFactors; readonly t: Factor } {
  const { parametrization, weightDecayKind } = input;
  const { tensor } = pair;
  const { role } = tensor;
  const readings = readTensor(pair, optimizer, input);
  const written = tensorFactors(parametrization, { role, optimizer, weightDecayKind, tensor }, readings);
  if (parametrization.form === undefined) return { factors: written, t: unitFactor };
  const measure = widthMeasure(parametrization);
  const factors = toForm(parametrization.form, written, { role, optimizer, weightDecayKind, readings, measure });
  return { factors, t: multiplyFactors(factors.forwardMultiplier, written.forwardMultiplier, -1) };
}

function widthMeasure({ components }: Parametrization): Measure {
  return components.find(({ axes }) => axes.includes("width"))?.measure ?? "growth";
}

/** Factors of all quantities as the rules are written, before any change of form. */
export function tensorFactors(
  parametrization: Pick<Parametrization, "components">,
  cell: TensorCell,
  readings: ScaleReadings,
): TensorFactors {
  return tensorQuantities.reduce<TensorFactors>(
    (factors, quantity) => ({ ...factors, [quantity]: tensorFactor(parametrization, cell, quantity, readings) }),
    unitFactors,
  );
}

/** What exponents may be of: this tensor's fans, the model's axes, and the optimizer's blocks on this tensor. */
export function readTensor({ tensor, base }: GrownTensor, optimizer: OptimizerInUse, pair: ScalePair): ScaleReadings {
  const blocks = (fan: number): number => (optimizer.blockSize === null ? 1 : Math.ceil(fan / optimizer.blockSize));
  const side = (fan: number): number => (optimizer.blockSize === null ? fan : Math.min(fan, optimizer.blockSize));
  return {
    ...modelReadings(pair),
    fanIn: { value: tensor.fanIn, base: base.fanIn },
    fanOut: { value: tensor.fanOut, base: base.fanOut },
    blockCount: { value: blocks(tensor.fanIn) * blocks(tensor.fanOut), base: blocks(base.fanIn) * blocks(base.fanOut) },
    blockFanIn: { value: side(tensor.fanIn), base: side(base.fanIn) },
    blockFanOut: { value: side(tensor.fanOut), base: side(base.fanOut) },
  };
}

function tensorBaseValues(
  { initialDeviation }: Parametrization,
  optimizer: OptimizerInUse,
  hyperparameters: ResolvedHyperparameters,
  { tensor, base }: GrownTensor,
): Readonly<Record<TensorQuantity, number>> {
  const ofModule = (quantity: string): number =>
    hyperparameters.modules
      .filter((factor) => factor.quantity === quantity && factor.module === tensor.module)
      .reduce((product, { factor }) => product * factor, 1);
  const drawn: Readonly<Record<TensorRole, boolean>> = {
    input: true,
    hidden: true,
    output: true,
    bias: false,
    normGain: false,
    scalar: false,
  };
  const deviation = initialDeviation === "framework" ? 1 / Math.sqrt(base.fanIn) : 1;
  const damping = defaultDamping[optimizer.family];
  return {
    initStd: drawn[base.role] ? (tensor.initStdFactor ?? 1) * deviation * hyperparameters.initStd * ofModule("initStd") : 0,
    forwardMultiplier: 1,
    learningRate: hyperparameters.learningRate * ofModule("learningRate"),
    weightDecay: hyperparameters.weightDecay * ofModule("weightDecay"),
    epsilon: hyperparameters.epsilon * ofModule("epsilon"),
    dampingFanIn: damping === undefined && optimizer.family !== "shampoo" ? 0 : (hyperparameters.dampingFanIn ?? damping?.fanIn ?? 0),
    dampingFanOut: damping === undefined && optimizer.family !== "shampoo" ? 0 : (hyperparameters.dampingFanOut ?? damping?.fanOut ?? 0),
  };
}

/**
 * From the study's kind of decay to the coefficient that a trainer multiplies with its learning rate (decoupled) or adds to
 * the gradient (coupled). `independent`: a step at the peak decays by weightDecay itself. `constantTimescale`: 1 / (learningRate x
 * weightDecay) in steps stays the same share of the run (Wang and Aitchison 2024, arXiv:2405.13698).
 */
function convertDecay(
  { weightDecayKind, hyperparameters, scale, base }: TensorResolution,
  learningRate: number,
): ResolvedTensor["decayConversion"] {
  switch (weightDecayKind) {
    case "coupled":
    case "decoupled":
      return { value: 1, formula: "" };
    case "independent":
      return { value: learningRate === 0 ? 0 : 1 / learningRate, formula: "/ learningRate" };
    case "constantTimescale": {
      const steps = scale.tokenHorizon / scale.batchSizeTokens;
      const baseSteps = base.tokenHorizon / base.batchSizeTokens;
      return {
        value: learningRate === 0 ? 0 : (hyperparameters.learningRate * baseSteps) / (learningRate * steps),
        formula: `x (base learningRate x ${baseSteps} steps) / (learningRate x ${steps} steps)`,
      };
    }
  }
}

/**
 * The readout's forward multiplier of a table that is embedding too. A table has one deviation, the input's, so that what the output's
 * rules do must be in the multiplier: form 8's, whatever form they are written in. The table's own t multiplies it: W is W / t there too.
 */
function tiedReadoutFactor(input: TensorResolution, pair: GrownTensor, optimizer: OptimizerInUse, t: Factor): Factor {
  const { parametrization, weightDecayKind } = input;
  const asReadout = (shape: TensorShape): TensorShape => ({
    ...shape,
    role: "output",
    lookup: false,
    fanIn: shape.fanOut,
    fanOut: shape.shape[0] ?? 1,
  });
  const readout = { tensor: asReadout(pair.tensor), base: asReadout(pair.base) };
  const readings = readTensor(readout, optimizer, input);
  const cell: TensorCell = { role: "output", optimizer, weightDecayKind, tensor: readout.tensor };
  const written = tensorFactors(parametrization, cell, readings);
  if (parametrization.form === undefined) return written.forwardMultiplier;
  const { forwardMultiplier } = toForm("form8", written, { ...cell, readings, measure: widthMeasure(parametrization) });
  return t.terms.length === 0 && t.constant === 1 ? forwardMultiplier : multiplyFactors(forwardMultiplier, t);
}

/**
 * Groups are named by role, and where tensors of one role have several learning rates, by role and number. Nothing in a
 * name tells the parametrization: SP and muP give the same bytes at the base scale.
 */
function nameGroups(resolved: readonly ResolvedTensor[]): readonly ResolvedTensor[] {
  const ratesOf = new Map<TensorRole, number[]>();
  for (const { row } of resolved) {
    const rates = ratesOf.get(row.role) ?? [];
    if (!rates.includes(row.learningRate)) rates.push(row.learningRate);
    ratesOf.set(row.role, rates);
  }
  return resolved.map((tensor) => {
    const { row } = tensor;
    const rates = ratesOf.get(row.role) ?? [];
    return { ...tensor, row: { ...row, group: rates.length > 1 ? `${row.role}.${rates.indexOf(row.learningRate) + 1}` : row.role } };
  });
}
