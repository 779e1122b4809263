import { type BaseDimensions, type RoleDecision, type RoleRefusal, roleOfVector, routerModule } from "./infinite-dimensions.ts";
import type { NameHint, ParsedName } from "./parameter-names.ts";

/** A parameter as a guess sees it, in Ladder's order of dimensions. */
export interface SeenParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parsed: ParsedName;
  readonly hint: NameHint;
}

/** What the list as a whole says, for parameters whose own name says little. */
export interface ModelOverview {
  /** The first matrix or kernel, where no table and no patch embedding is listed: it reads the data. */
  readonly firstProduct: string | undefined;
  /** The last matrix, where no readout is named. */
  readonly lastProduct: string | undefined;
  /** Matrices and kernels by what owns them, so that a bias finds its own. */
  readonly products: ReadonlyMap<string, SeenParameter>;
  /** Rows of the tables: as many outputs as a readout has that is tied to one. */
  readonly tableRows: ReadonlySet<number>;
  /** Some feed-forward has experts, so that a `gate` beside them is their router. */
  readonly hasExperts: boolean;
}

/** Both widths; head dimensions where they are known. */
export interface KnownWidths {
  readonly width: number;
  readonly baseWidth: number;
  readonly headDimension?: number;
  readonly baseHeadDimension?: number;
}

/** Looks at the list as a whole. */
export function describeModel(parameters: readonly SeenParameter[]): ModelOverview {
  const kinds = new Set(parameters.map(({ hint }) => hint.kind));
  const products = parameters.filter(({ shape, parsed }) => shape.length >= 2 && parsed.suffix !== "bias");
  return {
    firstProduct: kinds.has("table") || kinds.has("patch") ? undefined : products[0]?.name,
    lastProduct: kinds.has("readout") || kinds.has("table") ? undefined : products.at(-1)?.name,
    products: new Map(products.map((parameter) => [parameter.parsed.owner, parameter])),
    tableRows: new Set(products.filter(({ hint }) => hint.kind === "table").map(({ shape }) => shape[0] ?? 1)),
    hasExperts: parameters.some(({ parsed }) => parsed.owner.includes("expert")),
  };
}

/**
 * The role of a parameter by its name, by its place in the list, and, where neither tells, by how its dimensions are related
 * to the width. What grows is taken to grow in proportion to the width.
 */
export function roleByName(
  parameter: SeenParameter,
  model: ModelOverview,
  widths: KnownWidths,
): (RoleDecision & { readonly dimensions: BaseDimensions }) | RoleRefusal {
  const found = decide(parameter, model, widths.width);
  if ("refusal" in found) return found;
  if (parameter.hint.kind === "headNorm") return ofOneHead(parameter, found, widths);
  const dimensions = parameter.shape.map((size, axis) => (grows(found, axis, parameter) ? (size * widths.baseWidth) / widths.width : null));
  const broken = dimensions.findIndex((size) => size !== null && (!Number.isInteger(size) || size < 1));
  if (broken >= 0)
    return {
      refusal: `taken for ${found.role}, but dimension ${broken} would be ${dimensions[broken] ?? 0} at base width ${widths.baseWidth}, in proportion to width ${widths.width}`,
      fix: "give the list of the base model as well",
    };
  return { ...found, dimensions };
}

/** Gains over the entries of one head, shared by all heads: they grow where heads do. */
function ofOneHead(
  { shape, hint, parsed }: SeenParameter,
  found: RoleDecision,
  widths: KnownWidths,
): (RoleDecision & { readonly dimensions: BaseDimensions }) | RoleRefusal {
  const { headDimension, baseHeadDimension, width, baseWidth } = widths;
  const [length = 1] = shape;
  if (length === width) return { ...found, dimensions: [baseWidth] };
  if (headDimension === undefined || baseHeadDimension === undefined)
    return { refusal: `"${hint.word}" has one entry a place in a head`, fix: "give headDimension at the scale and at the base" };
  if (headDimension !== baseHeadDimension) return { ...found, dimensions: [(length * baseHeadDimension) / headDimension] };
  return {
    ...found,
    role: "scalar",
    reason: `${parsed.suffix === "bias" ? "offsets" : "gains"} of one head, whose size stays`,
    dimensions: [null],
  };
}

function decide(parameter: SeenParameter, model: ModelOverview, width: number): RoleDecision | RoleRefusal {
  const { name, shape, hint, parsed } = parameter;
  const take = (
    role: RoleDecision["role"],
    reason: string,
    confidence: RoleDecision["confidence"] = "likely",
    lookup = false,
  ): RoleDecision => ({ role, lookup, reason, confidence });
  const [first = 1, second = 1] = shape;
  if (shape.length === 1) {
    if (first === 1) return take("scalar", "one number", "certain");
    return parsed.suffix === "bias" && hint.kind !== "token" ? decideBias(parameter, model, width) : roleOfVector(parsed, hint);
  }
  switch (hint.kind) {
    case "table":
    case "token":
      return second === width
        ? take("input", `"${hint.word}" is a table`, "likely", true)
        : { refusal: `"${hint.word}" is a table, but its rows are ${second} wide, not ${width}`, fix: "list the tensor with its role" };
    case "patch":
      return take("input", `"${hint.word}" reads pixels`);
    case "readout":
      return second === width && shape.length === 2
        ? take("output", `"${hint.word}" is a readout`)
        : {
            refusal: `"${hint.word}" is a readout, but its fan-in is ${second}, not the width ${width}`,
            fix: "list the tensor with its role",
          };
    case "router":
      return take("output", `"${hint.word}" chooses among experts, as many at every width`);
    case "hidden":
    case "unknown":
      break;
    case "norm":
    case "headNorm":
      return { refusal: `"${hint.word}" is a norm, but no vector`, fix: "list the tensor with its role" };
  }
  if (isRouterGate(parameter, model))
    return { ...take("output", "a gate beside experts chooses among them, as many at every width"), module: routerModule };
  // A third dimension is a kernel or a stack of experts; only kernels are laid out in one way.
  if (shape.length === 3 && parsed.owner.includes("expert"))
    return { refusal: "a stack of experts, whose order of dimensions differs between programs", fix: "list the tensor with its role" };
  if (hint.module !== undefined) return take("hidden", `"${hint.word}" is part of a block`);
  if (shape.length === 4 && second <= 4) return take("input", `reads ${second} ${second === 1 ? "channel" : "channels"} of an image`);
  if (name === model.firstProduct) return take("input", "the first product of a model without embeddings");
  if (name === model.lastProduct) return take("output", "the last product of a model without a named readout");
  if (isMultiple(first, width) && isMultiple(second, width))
    return hint.kind === "hidden"
      ? take("hidden", `"${hint.word}", with both dimensions in whole proportion to width ${width}`)
      : take("hidden", `both dimensions are in whole proportion to width ${width}`, "unsure");
  return {
    refusal: `its name does not tell, and its dimensions are not both in whole proportion to width ${width}`,
    fix: "list the tensor with its role, or give the list of the base model as well",
  };
}

/** Which dimensions grow for a role: all of a vector, the first two of a matrix as the role says, never a kernel. */
function grows({ role, lookup }: RoleDecision, axis: number, { shape }: SeenParameter): boolean {
  if (shape.length === 1) return role !== "scalar";
  if (role === "hidden") return axis < 2;
  if (role === "input") return axis === (lookup ? 1 : 0);
  return role === "output" && axis === 1;
}

/** A bias is what its matrix is: as long as there are outputs, it grows only where they do. */
function decideBias({ shape, parsed, hint }: SeenParameter, model: ModelOverview, width: number): RoleDecision | RoleRefusal {
  const [length = 1] = shape;
  const take = (role: "bias" | "scalar", reason: string): RoleDecision => ({ role, lookup: false, reason, confidence: "likely" });
  const product = model.products.get(parsed.owner);
  if (product !== undefined) {
    const found = decide(product, model, width);
    if ("refusal" in found)
      return { refusal: `the bias of ${product.name}, which is not understood`, fix: "list the tensor with its role" };
    const { role, module } = found;
    return {
      ...take(role === "output" ? "scalar" : "bias", `the bias of ${product.name}, ${role}`),
      ...(module === undefined ? {} : { module }),
    };
  }
  if (hint.kind === "norm" || hint.kind === "headNorm") return take("bias", `offset of the norm "${hint.word}"`);
  if (length !== width && (hint.kind === "readout" || model.tableRows.has(length)))
    return take("scalar", "a bias without a matrix of its own, as long as there are outputs");
  if (length === width) return { ...take("bias", `a bias without a matrix of its own, as long as width ${width}`), confidence: "unsure" };
  return { refusal: `a bias of length ${length} without a matrix of its own`, fix: "list the tensor with its role" };
}

function isRouterGate({ hint, parsed, shape }: SeenParameter, { hasExperts }: ModelOverview): boolean {
  const [experts = 0, fanIn = 0] = shape;
  return (
    hasExperts && hint.module === "feedForward.gate" && /\.gate$/.test(parsed.owner) && !parsed.owner.includes("expert") && experts < fanIn
  );
}

/** True when one is a whole multiple, up to 16, of the other. */
function isMultiple(size: number, width: number): boolean {
  const ratio = Math.max(size, width) / Math.min(size, width);
  return Number.isInteger(ratio) && ratio <= 16;
}
