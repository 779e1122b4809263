import { LadderError, type Problem } from "../../study/ladder-error.ts";
import { lookupTable, placedTensor, type TensorPlace } from "../architectures/shapes.ts";
import type { TensorPair } from "./contract.ts";
import { type BaseDimensions, type RoleDecision, type RoleRefusal, roleByInfiniteDimensions } from "./infinite-dimensions.ts";
import { describeModel, roleByName, type SeenParameter } from "./name-roles.ts";
import { isQuery, parseName, readName } from "./parameter-names.ts";
import { type NamedShape, storedOrders } from "./stored-order.ts";

/** What one tensor is taken for, and why; shown to the user. */
export interface TensorGuess {
  readonly name: string;
  readonly role: RoleDecision["role"];
  readonly reason: string;
  readonly confidence: RoleDecision["confidence"];
  readonly pair: TensorPair;
}

export interface ModelGuess {
  readonly guesses: readonly TensorGuess[];
  /** Tensors that could not be guessed; the path is the tensor's name. */
  readonly problems: readonly Problem[];
  /**
   * Queries and keys were found: whether heads or their size grew with width cannot be read off shapes, so the caller
   * needs the head dimension of both models.
   */
  readonly hasAttention: boolean;
}

/** What is known beside names and shapes. */
export type GuessKnowledge =
  /** Base dimensions by name, as a `.bsh` file holds them. */
  | { readonly baseDimensions: ReadonlyMap<string, BaseDimensions> }
  /** The same list at the base: dimensions that differ grow. */
  | { readonly atBase: readonly NamedShape[] }
  /** Both widths only: roles come from names, and what grows is taken to grow in proportion. */
  | {
      readonly width: number;
      readonly baseWidth: number;
      /** Of both models: gains of single heads grow with it. */
      readonly headDimension?: number;
      readonly baseHeadDimension?: number;
    };

/**
 * Guesses what every parameter of a model is. Nothing is left out: a parameter is a guess or a problem.
 *
 * @throws LadderError `input` BASE_TENSORS_DIFFER when the list at the base has other names or other numbers of dimensions;
 *   NOTHING_GROWS when no dimension of any parameter differs from the base (mup trains SP in silence here)
 */
export function guessModel(tensors: readonly NamedShape[], knowledge: GuessKnowledge): ModelGuess {
  const listed = tensors.map((tensor) => (tensor.shape.length === 0 ? { ...tensor, shape: [1] } : tensor));
  const orders = storedOrders(listed);
  const base = "width" in knowledge ? undefined : baseDimensionsOf(listed, knowledge);
  const seen = listed.map(({ name, shape }, index): SeenParameter => {
    const parsed = parseName(name);
    return { name, shape: orders[index]?.reorder(shape) ?? shape, parsed, hint: readName(parsed) };
  });
  const model = describeModel(seen);
  const problems: Problem[] = [];
  const decided = seen.flatMap((parameter, index) => {
    const order = orders[index];
    const known = base?.get(parameter.name) ?? [];
    const found =
      "width" in knowledge ? roleByName(parameter, model, knowledge) : withDimensions(order?.reorder(known) ?? known, parameter);
    if ("refusal" in found) {
      problems.push({
        path: parameter.name,
        message: `${parameter.name}: ${found.refusal}`,
        value: JSON.stringify(parameter.shape),
        fix: found.fix,
      });
      return [];
    }
    const reason = order === undefined || order.note === "" ? found.reason : `${found.reason}; ${order.note}`;
    return [{ parameter, ...found, reason }];
  });
  const tied = tiedTable(
    decided.map(({ parameter, role }) => ({ parameter, role })),
    problems.length,
  );
  return {
    problems,
    hasAttention: seen.some(({ name, hint }) => isQuery(name, hint.module)),
    guesses: decided.map(({ parameter, dimensions, ...decision }): TensorGuess => {
      const isTied = parameter.name === tied;
      const { role, confidence } = decision;
      return {
        name: parameter.name,
        role,
        reason: isTied ? `${decision.reason}; no readout is listed, so it is taken to be tied` : decision.reason,
        confidence: isTied && confidence === "certain" ? "likely" : confidence,
        pair: pairOf(parameter, dimensions, decision, isTied),
      };
    }),
  };
}

/** @throws LadderError `input` MODEL_NOT_GUESSED which names every tensor that could not be guessed */
export function requireGuessed(guess: ModelGuess): readonly TensorPair[] {
  const { problems } = guess;
  if (problems.length === 0) return guess.guesses.map(({ pair }) => pair);
  const named = problems.slice(0, 3).map(({ message }) => message);
  throw new LadderError(
    "input",
    "MODEL_NOT_GUESSED",
    `the role of ${problems.length === 1 ? "a tensor" : `${problems.length} tensors`} cannot be guessed: ${named.join("; ")}${problems.length > 3 ? "; …" : ""}`,
    { problems, hint: 'list the model as {"tensors": [{"name", "role", "shape", "baseShape"}, …]}' },
  );
}

/**
 * The head dimension of a model and of its base.
 *
 * @throws LadderError `input` HEAD_LAYOUT_UNKNOWN when there is attention and one of them is not known: width may grow by more
 *   heads or by larger ones, which scales attention logits differently and cannot be read off shapes
 */
export function requireHeadDimensions(known: {
  readonly hasAttention: boolean;
  readonly headDimension: number | undefined;
  readonly baseHeadDimension: number | undefined;
}): { readonly headDimension: number; readonly baseHeadDimension: number } {
  const { hasAttention, headDimension, baseHeadDimension } = known;
  if (!hasAttention) return { headDimension: headDimension ?? 1, baseHeadDimension: baseHeadDimension ?? headDimension ?? 1 };
  if (headDimension !== undefined && baseHeadDimension !== undefined) return { headDimension, baseHeadDimension };
  const missing = [
    ...(headDimension === undefined ? ["the head dimension of the model"] : []),
    ...(baseHeadDimension === undefined ? ["the head dimension of its base"] : []),
  ];
  throw new LadderError(
    "input",
    "HEAD_LAYOUT_UNKNOWN",
    `the model has attention, but ${missing.join(" and ")} is not known: from shapes alone, more heads and larger heads look alike`,
    {
      fields: { headDimension: headDimension ?? null, baseHeadDimension: baseHeadDimension ?? null },
      hint: "give headDimension at the scale and at the base",
    },
  );
}

type Decision = RoleDecision & { readonly dimensions: BaseDimensions };

function withDimensions(dimensions: BaseDimensions, { parsed, hint }: SeenParameter): Decision | RoleRefusal {
  const found = roleByInfiniteDimensions(dimensions, parsed, hint);
  return "refusal" in found ? found : { ...found, dimensions };
}

function baseDimensionsOf(
  tensors: readonly NamedShape[],
  knowledge: Exclude<GuessKnowledge, { readonly width: number }>,
): ReadonlyMap<string, BaseDimensions> {
  const entries: Iterable<readonly [string, BaseDimensions]> =
    "baseDimensions" in knowledge ? knowledge.baseDimensions : knowledge.atBase.map(({ name, shape }) => [name, shape] as const);
  // One number, which some programs list without dimensions, never grows.
  const one: BaseDimensions = "baseDimensions" in knowledge ? [null] : [1];
  const base = new Map([...entries].map(([name, sizes]) => [name, sizes.length === 0 ? one : sizes]));
  const names = new Set(tensors.map(({ name }) => name));
  const problems: Problem[] = [
    ...tensors
      .filter(({ name, shape }) => (base.get(name)?.length ?? shape.length) !== shape.length)
      .map(({ name, shape }) => ({
        path: name,
        message: `${name} has ${shape.length} dimensions here and ${base.get(name)?.length ?? 0} at the base`,
        value: JSON.stringify(shape),
      })),
    ...tensors.filter(({ name }) => !base.has(name)).map(({ name }) => ({ path: name, message: `${name} has no base` })),
    ...[...base.keys()].filter((name) => !names.has(name)).map((name) => ({ path: name, message: `${name} is only in the base` })),
  ];
  if (problems.length > 0)
    throw new LadderError(
      "input",
      "BASE_TENSORS_DIFFER",
      `the model and its base do not have the same tensors: ${problems.map(({ message }) => message).join("; ")}`,
      { problems, hint: "the base may differ in width only: same depth, same biases" },
    );
  const dimensions = new Map(
    tensors.map(({ name, shape }): [string, BaseDimensions] => {
      const atBase: BaseDimensions = base.get(name) ?? [];
      return [name, "baseDimensions" in knowledge ? atBase : atBase.map((size, axis) => (size === shape[axis] ? null : size))];
    }),
  );
  if ([...dimensions.values()].every((sizes) => sizes.every((size) => size === null)))
    throw new LadderError("input", "NOTHING_GROWS", "no dimension of any tensor grows: every multiplier would be 1, whatever the width", {
      hint: "give the list of a model of another width as the base",
    });
  return dimensions;
}

/**
 * The token table, where no readout is listed: PyTorch lists a shared parameter once. Only where every tensor was
 * understood, else the readout may be among the others.
 */
function tiedTable(
  decided: readonly { readonly parameter: SeenParameter; readonly role: RoleDecision["role"] }[],
  notGuessed: number,
): string | undefined {
  if (notGuessed > 0 || decided.some(({ role, parameter }) => role === "output" && parameter.hint.kind !== "router")) return undefined;
  return decided.find(({ parameter, role }) => role === "input" && parameter.hint.module === "embedding")?.parameter.name;
}

function pairOf({ name, shape, parsed, hint }: SeenParameter, base: BaseDimensions, decision: RoleDecision, tied: boolean): TensorPair {
  const suffix = parsed.suffix === "bias" ? ".bias" : "";
  const module = decision.module ?? hint.module;
  const place: TensorPlace = {
    ...(module === undefined ? {} : { module: `${module}${suffix}` }),
    ...(parsed.numberedBlock ? { insideBlock: true } : {}),
    ...(tied ? { tied: true } : {}),
    ...(decision.role === "scalar" && suffix === "" && (hint.kind === "norm" || hint.kind === "headNorm") ? { initMean: 1 } : {}),
  };
  const shaped = (sizes: readonly number[]) => {
    if (!decision.lookup) return placedTensor(name, decision.role, sizes, place);
    const [rows = 1, width = 1] = sizes.length === 1 ? [1, ...sizes] : sizes;
    return lookupTable(name, rows, width, place);
  };
  return { tensor: shaped(shape), base: shaped(shape.map((size, axis) => base[axis] ?? size)) };
}
