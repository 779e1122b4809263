import { matrix } from "../../analysis/parametrizations/architectures/shapes.ts";
import { operationFactor } from "../../analysis/parametrizations/evaluate.ts";
import { fillHyperparameters } from "../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../analysis/parametrizations/optimizers/index.ts";
import { attentionLogitScale } from "../../analysis/parametrizations/resolve-operations.ts";
import { resolveTensors } from "../../analysis/parametrizations/resolve.ts";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import type { ConfigField, ConfigFormat, ConfigValues, TransferRequest } from "./config-format.ts";
import { nanoGptSetting } from "./nanogpt-setting.ts";
import { readPython } from "./python-assignments.ts";
import { patchPython, type PythonLiteral, readSafeAssignments } from "./python-patch.ts";

/** A key of the config and how its value relates to ours. */
interface NanoGptKey {
  readonly key: string;
  readonly field: ConfigField;
  readonly kind: PythonLiteral["kind"];
}

const keys: readonly NanoGptKey[] = [
  { key: "n_embd", field: "width", kind: "integer" },
  { key: "n_layer", field: "depth", kind: "integer" },
  { key: "n_head", field: "heads", kind: "integer" },
  { key: "block_size", field: "sequenceLength", kind: "integer" },
  { key: "batch_size", field: "sequencesPerBatch", kind: "integer" },
  { key: "max_iters", field: "totalSteps", kind: "integer" },
  { key: "learning_rate", field: "learningRate", kind: "float" },
  { key: "min_lr", field: "finalLearningRate", kind: "float" },
  { key: "warmup_iters", field: "warmupSteps", kind: "integer" },
  { key: "lr_decay_iters", field: "decayEndStep", kind: "integer" },
  { key: "weight_decay", field: "weightDecay", kind: "float" },
  { key: "beta1", field: "beta1", kind: "float" },
  { key: "beta2", field: "beta2", kind: "float" },
  { key: "adam_eps", field: "epsilon", kind: "float" },
  { key: "init_std", field: "initialDeviation", kind: "float" },
  { key: "mup_enabled", field: "maximalUpdate", kind: "boolean" },
  { key: "mup_width_multiplier", field: "widthMultiplier", kind: "float" },
  { key: "mup_input_alpha", field: "embeddingMultiplier", kind: "float" },
  { key: "mup_output_alpha", field: "outputMultiplier", kind: "float" },
  { key: "mup_disable_attention_scaling", field: "attentionDividesBySquareRoot", kind: "boolean" },
];

/** Epsilon of torch's AdamW, which the master branch leaves as it is. */
const torchEpsilon = 1e-8;

/** Config files of EleutherAI/nanoGPT-mup: Python assignments that its configurator executes. */
export const nanoGptMup: ConfigFormat = {
  id: "nanogpt-mup",
  summary: "EleutherAI/nanoGPT-mup config files (Python assignments)",
  targetVersion: "master at b2a5e60; adam_eps: branch completep at 6f8bc3b",

  detect(text, fileName) {
    const names = new Set(readPython(text).assignments.map(({ name }) => name));
    return (
      fileName.endsWith(".py") &&
      (names.has("mup_enabled") || names.has("mup_width_multiplier") || (names.has("n_embd") && names.has("learning_rate")))
    );
  },

  parse: parseConfig,

  readScale(text) {
    const values = parseConfig(text);
    const accumulation = readSafeAssignments(text, ["gradient_accumulation_steps"]).get("gradient_accumulation_steps")?.constant ?? 1;
    const { width, depth, heads, sequenceLength, sequencesPerBatch, totalSteps } = values;
    const batchSizeTokens =
      sequenceLength === undefined || sequencesPerBatch === undefined || typeof accumulation !== "number"
        ? undefined
        : sequenceLength * sequencesPerBatch * accumulation;
    return {
      ...(width === undefined ? {} : { width }),
      ...(depth === undefined ? {} : { depth }),
      ...(width === undefined || heads === undefined ? {} : { headDimension: width / heads }),
      ...(batchSizeTokens === undefined ? {} : { batchSizeTokens }),
      ...(batchSizeTokens === undefined || totalSteps === undefined ? {} : { tokenHorizon: batchSizeTokens * totalSteps }),
    };
  },

  readSetting(text) {
    // Nothing is written to decay_lr, so it may stand anywhere; the last one counts.
    const decays = readPython(text).assignments.findLast(({ name }) => name === "decay_lr")?.constant !== false;
    return nanoGptSetting(parseConfig(text), decays);
  },

  express: expressTransfer,

  patch(text, values, header) {
    const assigned = new Set(readPython(text).assignments.map(({ name }) => name));
    if (values.epsilon !== undefined && !assigned.has("adam_eps"))
      throw unsupported([
        {
          path: "adam_eps",
          message: "is not in this config; the master branch has no such key and would ignore it",
          value: String(values.epsilon),
          fix: `branch completep reads it: assign adam_eps there first, or use epsilon ${torchEpsilon}`,
        },
      ]);
    const literals = keys.flatMap(({ key, field, kind }): [string, PythonLiteral][] => {
      const value = values[field];
      return value === undefined ? [] : [[key, { value, kind }]];
    });
    return patchPython(text, new Map(literals), header);
  },
};

/** One tensor of each role, four times the base's width, under the rule set: what its rules come to as numbers. */
function probeRows({ parametrization, base, target }: TransferRequest) {
  const tensors = (width: number) => [
    matrix("input", "input", width, 8),
    { ...matrix("hidden", "hidden", width, width), insideBlock: true },
    matrix("output", "output", 8, width),
  ];
  return resolveTensors({
    parametrization: findParametrization(parametrization),
    optimizer: readOptimizer("adamw"),
    tensors: tensors(4 * base.width),
    baseTensors: tensors(base.width),
    scale: { ...target, width: 4 * base.width },
    base: { ...target, ...base },
    hyperparameters: fillHyperparameters({ learningRate: 1, weightDecay: 1 }),
    weightDecayKind: "decoupled",
  });
}

function parseConfig(text: string): ConfigValues {
  const assignments = readSafeAssignments(
    text,
    keys.map(({ key }) => key),
  );
  const entries = keys.flatMap(({ key, field, kind }) => {
    const constant = assignments.get(key)?.constant;
    return (kind === "boolean") === (typeof constant === "boolean") && constant !== undefined ? [[field, constant] as const] : [];
  });
  return Object.fromEntries(entries);
}

/**
 * nanoGPT-mup scales by one number: hidden learning rates and the readout by 1/mup_width_multiplier, hidden deviations
 * by its square root; it leaves weight_decay alone and divides attention logits by headDimension or its square root. A
 * rule set that agrees with one of its two modes can be expressed; what differs is refused.
 */
function expressTransfer(request: TransferRequest): ConfigValues {
  const { hyperparameters, base, target } = request;
  const parametrization = findParametrization(request.parametrization);
  const rows = probeRows(request);
  const learningRates = rows.map(({ learningRate }) => learningRate).join();
  const outputMultiplier4 = rows.at(-1)?.forwardMultiplier;
  const branch = operationFactor(parametrization, "branchMultiplier", { scale: target, base: { ...target, ...base } }).value;
  const maximalUpdate = outputMultiplier4 === 1 / 4 && learningRates === "1,0.25,1" && branch === 1;
  const standard = outputMultiplier4 === 1 && learningRates === "1,1,1" && branch === 1;
  const problems: Problem[] = [];
  const follows = parametrization.components
    .flatMap(({ axes }) => axes)
    .find((axis) => axis === "batchSizeTokens" || axis === "tokenHorizon");
  if (follows !== undefined)
    problems.push({ path: "parametrization", message: `scales with ${follows}, which nanoGPT-mup does not`, value: parametrization.id });
  if (!maximalUpdate && !standard)
    problems.push({ path: "parametrization", message: `nanoGPT-mup has no mode for ${parametrization.id}`, value: parametrization.id });

  const { learningRate, weightDecay, epsilon, initStd, embeddingMultiplier, outputMultiplier, ...others } = hyperparameters;
  for (const name of Object.keys(others)) problems.push({ path: name, message: "has no key in a nanoGPT-mup config" });
  if (initStd !== undefined && initStd !== 1)
    problems.push({
      path: "initStd",
      message: "is a factor on Ladder's deviations, which nanoGPT-mup's one init_std cannot say",
      value: String(initStd),
    });
  const widthMultiplier = target.width / base.width;
  if (weightDecay !== undefined && weightDecay !== 0 && widthMultiplier !== 1 && rows[1]?.weightDecay !== 1)
    problems.push({
      path: "weightDecay",
      message: `${parametrization.id} scales it with width for hidden tensors; nanoGPT-mup has one weight_decay for all`,
      value: String(weightDecay),
      fix: "sweep with mup:weight-decay=constant, or without weight decay",
    });
  for (const [name, value] of Object.entries({ embeddingMultiplier, outputMultiplier }))
    if (!maximalUpdate && value !== undefined && value !== 1)
      problems.push({ path: name, message: "is read by nanoGPT-mup only where mup_enabled is True", value: String(value) });
  const logitScale = attentionLogitScale({ parametrization, scale: target, base: { ...target, ...base } });
  const dividesBySquareRoot = isNear(logitScale, 1 / Math.sqrt(target.headDimension));
  if (maximalUpdate && !dividesBySquareRoot && !isNear(logitScale, 1 / target.headDimension))
    problems.push({
      path: "headDimension",
      message: `differs from the base's ${base.headDimension}: attention would need the factor sqrt(${base.headDimension})/${target.headDimension}, which nanoGPT-mup has no key for`,
      value: String(target.headDimension),
      fix: `keep headDimension at ${base.headDimension}`,
    });
  if (problems.length > 0) throw unsupported(problems);

  return {
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(weightDecay === undefined ? {} : { weightDecay }),
    ...(epsilon === undefined || epsilon === torchEpsilon ? {} : { epsilon }),
    maximalUpdate,
    ...(maximalUpdate
      ? {
          widthMultiplier,
          embeddingMultiplier: embeddingMultiplier ?? 1,
          outputMultiplier: outputMultiplier ?? 1,
          attentionDividesBySquareRoot: dividesBySquareRoot,
        }
      : {}),
  };
}

function isNear(left: number, right: number): boolean {
  return Math.abs(left - right) <= 1e-12 * right;
}

function unsupported(problems: readonly Problem[]): LadderError {
  return new LadderError(
    "rejected",
    "CONFIG_UNSUPPORTED",
    `a nanoGPT-mup config cannot say this: ${problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
    { problems },
  );
}
