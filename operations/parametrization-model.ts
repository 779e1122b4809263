import { extname } from "node:path";
import type { ModelFacts, ResidualBranch } from "../analysis/parametrizations/architectures/contract.ts";
import type { ModelFamily, TensorPair } from "../analysis/parametrizations/models/contract.ts";
import { pairFamily } from "../analysis/parametrizations/models/family-pair.ts";
import type { TensorGuess } from "../analysis/parametrizations/models/guess-model.ts";
import { findModelFamily, modelFamilies } from "../analysis/parametrizations/models/index.ts";
import { fillParameters, parameterReader } from "../analysis/parametrizations/models/parameters.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { PartialScale } from "../analysis/study/scale.ts";
import { activations } from "../analysis/study/word-lists.ts";
import { completeScales, type ScalesInUse } from "./parametrization-scales.ts";

/** How a model is named on the command line. */
export interface ModelRequest {
  /** A family's id, or the path of a JSON file. */
  readonly model: string;
  /** Of a family: parameters by name; `base.NAME` for one that is another at the base; `activation`, which unit scaling asks for. */
  readonly modelOptions: Readonly<Record<string, string>>;
  readonly baseShapes?: string | undefined;
  readonly baseModel?: string | undefined;
}

/** A model at both scales. */
export interface ModelInUse extends ScalesInUse {
  /** In words, for headers. */
  readonly description: string;
  readonly pairs: readonly TensorPair[];
  readonly hasAttention: boolean;
  /** Null where a list of tensors does not say how many residual branches there are. */
  readonly residualBranches: readonly ResidualBranch[] | null;
  /** Undefined where nobody said what unit scaling needs to know. */
  readonly modelFacts: ModelFacts | undefined;
  /** What was guessed of every tensor, to be shown. */
  readonly guesses: readonly TensorGuess[];
}

/**
 * Every tensor of the model at the scale and at the base.
 *
 * @throws LadderError what `completeScales`, `pairFamily` and `readModelFile` refuse; `input` MODEL_OPTION_INVALID,
 *   MODEL_SHAPES_MISSING for a file of base shapes in place of a model
 */
export async function findModel(request: ModelRequest, scale: PartialScale, base: PartialScale): Promise<ModelInUse> {
  if (extname(request.model) === "" && !request.model.includes("/"))
    return familyModel(findModelFamily(request.model), request, { scale, base });
  return fileModel(request, { scale, base });
}

interface GivenScales {
  readonly scale: PartialScale;
  readonly base: PartialScale;
}

function familyModel(family: ModelFamily, { modelOptions, baseShapes, baseModel }: ModelRequest, given: GivenScales): ModelInUse {
  if (baseShapes !== undefined || baseModel !== undefined)
    throw new LadderError("input", "USAGE", `--base-shapes and --base-model belong to a model file, not to ${family.id}`, {
      hint: "give --model FILE.json, or leave them out",
    });
  const scales = completeScales({ ...given, hasAttention: family.hasAttention });
  const { activation: written, ...others } = modelOptions;
  const parameters = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith("base.")));
  const baseParameters = Object.fromEntries(
    Object.entries(others).flatMap(([name, value]) => (name.startsWith("base.") ? [[name.slice("base.".length), value] as const] : [])),
  );
  const pairs = pairFamily(family, { ...scales, parameters, baseParameters });
  const options = Object.entries(modelOptions).map(([name, value]) => `${name}=${value}`);
  return {
    ...scales,
    description: [family.id, ...options].join(" "),
    pairs,
    hasAttention: family.hasAttention,
    residualBranches: family.residualBranches(scales.scale),
    modelFacts: familyFacts(family, parameters, written),
    guesses: [],
  };
}

/** What unit scaling asks for, where the family says it: rows of a batch, classes of the loss, activation, gates. */
function familyFacts(
  family: ModelFamily,
  parameters: Readonly<Record<string, string>>,
  written: string | undefined,
): ModelFacts | undefined {
  const activation = activations.find((candidate) => candidate === (written ?? "relu"));
  if (activation === undefined)
    throw new LadderError("input", "MODEL_OPTION_INVALID", `activation is "${written ?? ""}"`, {
      hint: `one of: ${activations.join(", ")}`,
    });
  const names = new Set(family.parameters.map(({ name }) => name));
  const values = parameterReader(fillParameters(family, parameters));
  const classes = ["vocabularySize", "classes"].find((name) => names.has(name));
  if (classes === undefined) return undefined;
  return {
    sequenceLength: names.has("sequenceLength") ? values.number("sequenceLength") : 1,
    vocabularySize: values.number(classes),
    activation,
    gated: names.has("gatedFeedForward") && values.flag("gatedFeedForward"),
  };
}

async function fileModel({ model, modelOptions, baseShapes, baseModel }: ModelRequest, given: GivenScales): Promise<ModelInUse> {
  const [option] = Object.keys(modelOptions);
  if (option !== undefined)
    throw new LadderError(
      "input",
      "MODEL_OPTION_INVALID",
      `--model-option ${option} belongs to a family, and ${model} lists a model itself`,
      {
        hint: `leave it out, or use a family: ${modelFamilies.map(({ id }) => id).join(", ")}`,
      },
    );
  if (extname(model) === ".bsh")
    throw new LadderError(
      "input",
      "MODEL_SHAPES_MISSING",
      `${model} has base shapes alone: sizes of dimensions that do not grow are not in it`,
      {
        fields: { file: model },
        hint: `list the model's own shapes too: --model SHAPES.json --base-shapes ${model}, with {name: list(p.shape) for name, p in model.named_parameters()}`,
      },
    );
  const { scale, base } = given;
  const { readModelFile } = await import("../infra/model-files/model-file.ts");
  const { requireHeadDimensions } = await import("../analysis/parametrizations/models/guess-model.ts");
  const { pairs, guesses, hasAttention, origin } = await readModelFile(model, {
    ...(baseShapes === undefined ? {} : { baseShapesPath: baseShapes }),
    ...(baseModel === undefined ? {} : { baseModelPath: baseModel }),
    ...(scale.width === undefined ? {} : { width: scale.width }),
    ...(base.width === undefined ? {} : { baseWidth: base.width }),
    ...(scale.headDimension === undefined ? {} : { headDimension: scale.headDimension }),
    ...(base.headDimension === undefined ? {} : { baseHeadDimension: base.headDimension }),
  });
  const widths = widthsOf(pairs);
  const scales = completeScales({ scale: { ...widths.scale, ...scale }, base: { ...widths.base, ...base }, hasAttention });
  requireHeadDimensions({ hasAttention, headDimension: scale.headDimension, baseHeadDimension: base.headDimension });
  return {
    ...scales,
    description: `${model} (${originText[origin]})`,
    pairs,
    hasAttention,
    residualBranches: null,
    modelFacts: undefined,
    guesses,
  };
}

const originText = {
  listed: "roles as listed",
  baseShapes: "roles guessed from base shapes",
  baseModel: "roles guessed from shapes at the base",
  names: "roles guessed from names",
} as const;

/** The width of a listed model where no option says it: the fan-out of its first input tensor that grows, else of any that does. */
function widthsOf(pairs: readonly TensorPair[]): { readonly scale: PartialScale; readonly base: PartialScale } {
  const growing = pairs.filter(({ tensor, base }) => tensor.fanOut !== base.fanOut);
  const found = growing.find(({ tensor }) => tensor.role === "input") ?? growing[0] ?? pairs[0];
  return found === undefined ? { scale: {}, base: {} } : { scale: { width: found.tensor.fanOut }, base: { width: found.base.fanOut } };
}
