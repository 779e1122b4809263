import { LadderError } from "../study/ladder-error.ts";
import type { knownHyperparameters } from "../study/study-spec.ts";

/** A hyperparameter that the rules resolve. All values are those of the base scale. */
export interface KnownHyperparameter {
  readonly name: (typeof knownHyperparameters)[number];
  /** Null: it must be given. `optimizer`: the optimizer's own (optimizers/families.ts). */
  readonly defaultValue: number | null | "optimizer";
  /** Smallest legal value; `exclusive` when it is itself illegal. */
  readonly minimum: number;
  readonly exclusive: boolean;
  /** Left out: none. */
  readonly maximum?: number;
  readonly meaning: string;
  /** True: part of every resolved run. False: only where it is given, so that run keys do not change when a choice is added. */
  readonly always: boolean;
}

const base = { minimum: 0, exclusive: true, always: false, defaultValue: 1 } as const;

/** What every known architecture understands. Multipliers that a rule set does not read change nothing. */
export const hyperparameterDefinitions: readonly KnownHyperparameter[] = [
  { ...base, name: "learningRate", always: true, defaultValue: null, meaning: "peak learning rate; the schedule multiplies it" },
  {
    ...base,
    name: "weightDecay",
    always: true,
    defaultValue: 0,
    exclusive: false,
    meaning: "weight decay coefficient, of the study's weightDecayKind",
  },
  { ...base, name: "epsilon", always: true, defaultValue: 1e-8, exclusive: false, meaning: "Adam's epsilon" },
  { ...base, name: "initStd", always: true, meaning: "factor on every tensor's initial standard deviation" },
  { ...base, name: "outputMultiplier", always: true, meaning: "factor on the logits" },
  { ...base, name: "embeddingMultiplier", always: true, meaning: "factor on the embedding" },
  {
    ...base,
    name: "residualMultiplier",
    meaning: "residual branches against the skip; u-muP's alpha_res, elsewhere a factor on every branch",
  },
  { ...base, name: "attentionResidualRatio", meaning: "u-muP's alpha_res-attn-ratio: attention branches against feed-forward branches" },
  { ...base, name: "attentionMultiplier", meaning: "factor on attention logits; u-muP's alpha_attn-softmax" },
  { ...base, name: "activationMultiplier", meaning: "u-muP's alpha_ffn-act inside the activation; elsewhere a factor on its result" },
  { ...base, name: "lossMultiplier", meaning: "u-muP's alpha_loss-softmax on the logits; elsewhere a factor on the loss's gradient" },
  {
    ...base,
    name: "residualTau",
    defaultValue: 0.4,
    maximum: 1,
    meaning: "munit's share of a branch: x' = sqrt(1 - tau) x + sqrt(tau) f(x)",
  },
  {
    ...base,
    name: "dampingFanIn",
    defaultValue: "optimizer",
    exclusive: false,
    meaning: "damping of second-order factors over the fan-in, at the base scale",
  },
  {
    ...base,
    name: "dampingFanOut",
    defaultValue: "optimizer",
    exclusive: false,
    meaning: "damping of second-order factors over the fan-out, at the base scale",
  },
];

type DampingName = "dampingFanIn" | "dampingFanOut";
export type ResolvedHyperparameters = Readonly<Record<Exclude<KnownHyperparameter["name"], DampingName>, number>> &
  Readonly<Partial<Record<DampingName, number>>> & {
    /** Factors on one quantity of the tensors of one module, from names such as `learningRate@attention.query`. */
    readonly modules: readonly ModuleFactor[];
  };

/** Quantities that can be given for one module alone (per-module values of Mlodozeniec et al. 2025, arXiv:2512.22382). */
export const moduleQuantities = ["learningRate", "weightDecay", "epsilon", "initStd"] as const;
export interface ModuleFactor {
  readonly quantity: (typeof moduleQuantities)[number];
  /** As architectures name modules: `attention.query`, `feedForward.down`, `readout` … */
  readonly module: string;
  readonly factor: number;
}

/** Reads `learningRate@attention.query`; undefined for a name that is not of this kind. */
export function readModuleName(name: string): Omit<ModuleFactor, "factor"> | undefined {
  const at = name.indexOf("@");
  const quantity = moduleQuantities.find((candidate) => candidate === name.slice(0, Math.max(0, at)));
  const module = name.slice(at + 1);
  return quantity === undefined || module === "" ? undefined : { quantity, module };
}

/**
 * The known hyperparameters with defaults filled in; others are left out.
 *
 * @throws LadderError `input` HYPERPARAMETER_MISSING or HYPERPARAMETER_OUT_OF_RANGE
 */
export function fillHyperparameters(given: Readonly<Record<string, number>>): ResolvedHyperparameters {
  const optional = (name: KnownHyperparameter["name"]): number | undefined => {
    const definition = hyperparameterDefinitions.find((candidate) => candidate.name === name);
    const preset = definition?.defaultValue;
    const found = given[name] ?? (typeof preset === "number" ? preset : undefined);
    if (definition !== undefined && found !== undefined) assertInRange(definition, found);
    return found;
  };
  const value = (name: KnownHyperparameter["name"]): number => {
    const found = optional(name);
    if (found === undefined)
      throw new LadderError("input", "HYPERPARAMETER_MISSING", `${name} has no value and no default`, {
        fields: { name },
        hint: `put ${name} into space or hyperparameters`,
      });
    return found;
  };
  const dampingFanIn = optional("dampingFanIn");
  const dampingFanOut = optional("dampingFanOut");
  return {
    learningRate: value("learningRate"),
    weightDecay: value("weightDecay"),
    epsilon: value("epsilon"),
    initStd: value("initStd"),
    outputMultiplier: value("outputMultiplier"),
    embeddingMultiplier: value("embeddingMultiplier"),
    residualMultiplier: value("residualMultiplier"),
    attentionResidualRatio: value("attentionResidualRatio"),
    attentionMultiplier: value("attentionMultiplier"),
    activationMultiplier: value("activationMultiplier"),
    lossMultiplier: value("lossMultiplier"),
    residualTau: value("residualTau"),
    ...(dampingFanIn === undefined ? {} : { dampingFanIn }),
    ...(dampingFanOut === undefined ? {} : { dampingFanOut }),
    modules: Object.entries(given).flatMap(([name, factor]): ModuleFactor[] => {
      const read = readModuleName(name);
      if (read === undefined) return [];
      assertInRange({ ...base, name, exclusive: read.quantity === "learningRate" }, factor);
      return [{ ...read, factor }];
    }),
  };
}

/** The hyperparameters that a run records: what is given, and the defaults of those that every run has. */
export function recordedHyperparameters(given: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const presets = hyperparameterDefinitions.flatMap(({ name, always, defaultValue }) =>
    always && typeof defaultValue === "number" ? [[name, defaultValue] as const] : [],
  );
  return { ...Object.fromEntries(presets), ...given };
}

type Range = Pick<KnownHyperparameter, "minimum" | "exclusive" | "maximum">;

function assertInRange(definition: Range & { readonly name: string }, value: number): void {
  if (isInRange(definition, value)) return;
  throw new LadderError(
    "input",
    "HYPERPARAMETER_OUT_OF_RANGE",
    `${definition.name} is ${value}, but must be ${describeRange(definition)}`,
    {
      fields: { name: definition.name, value },
    },
  );
}

/** True for finite values at or above (above, when exclusive) the minimum, and at or below the maximum. */
export function isInRange({ minimum, exclusive, maximum }: Range, value: number): boolean {
  return Number.isFinite(value) && (exclusive ? value > minimum : value >= minimum) && (maximum === undefined || value <= maximum);
}

/** `above 0`, `at least 0` or `above 0 and at most 1`. */
export function describeRange({ minimum, exclusive, maximum }: Range): string {
  return `${exclusive ? "above" : "at least"} ${minimum}${maximum === undefined ? "" : ` and at most ${maximum}`}`;
}
