import { tensorQuantities, type TensorQuantity } from "../analysis/parametrizations/contract.ts";
import { tableNumber } from "../analysis/parametrizations/explanation/given-values.ts";
import type { ResolvedTensor } from "../analysis/parametrizations/resolve.ts";
import type { DescribedParametrization } from "../operations/describe-parametrization.ts";
import { type CollapsedRow, collapseRows } from "./collapsed-rows.ts";
import { renderCollapsed } from "./collapsed-table.ts";
import { operationLines } from "./parametrization-operations-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import type { Column } from "./table.ts";

/** Quantities as columns are headed; those that are shown even where they are 1 for every tensor come first. */
export const quantityHeaders: Readonly<Record<TensorQuantity, string>> = {
  initStd: "INIT STD",
  forwardMultiplier: "FORWARD",
  learningRate: "RATE",
  weightDecay: "DECAY",
  epsilon: "EPSILON",
  dampingFanIn: "DAMPING IN",
  dampingFanOut: "DAMPING OUT",
};
const alwaysShown: readonly TensorQuantity[] = ["initStd", "forwardMultiplier", "learningRate"];

/** The header, a line a tensor (repeated blocks once, unless `all`), and what is no tensor. */
export function renderParametrizationTable(description: DescribedParametrization, columns: number, all: boolean): string {
  return [
    ...headerLines(description, columns),
    "",
    ...tableLines(description, columns, all),
    "",
    ...operationLines(description, columns),
    ...guessLines(description, columns),
  ].join("\n");
}

/** What is shown, for which model, and what nobody said. */
export function headerLines(
  description: DescribedParametrization,
  columns: number,
  { factors: withFactors }: { readonly factors: boolean } = { factors: true },
): readonly string[] {
  const { parametrization, optimizer, weightDecayKind, model, isBase, table } = description;
  const axes = (["width", "depth", "headDimension", "batchSizeTokens", "tokenHorizon"] as const).filter(
    (axis) =>
      !model.assumed.some((assumed) => assumed.axis === axis && assumed.side === "both") &&
      (axis !== "headDimension" || model.hasAttention),
  );
  const side = (scale: typeof model.scale): string => axes.map((axis) => `${axis}=${scale[axis]}`).join(" ");
  const both = model.assumed.filter((assumed) => assumed.side === "both").map(({ axis, value }) => `${axis} ${value}`);
  const oneSided = model.assumed.filter((assumed) => assumed.side !== "both").map(({ axis, side: of }) => `${axis} of the ${of}`);
  const fallback =
    optimizer.fallback === undefined ? "" : `, ${optimizer.fallback.optimizer.id} for ${optimizer.fallback.roles.join(", ")}`;
  const direction = optimizer.direction === undefined ? "" : `, in the direction of ${optimizer.direction.id}`;
  const distinct = distinctTensors(table);
  const allOne = distinct.every(({ factors }) => Object.values(factors).every(({ value }) => value === 1));
  const factors = tensorQuantities.filter((quantity) =>
    distinct.some((resolved) => tableNumber(resolved, quantity, description).kind === "factor"),
  );
  return [
    hang("rules      ", `${parametrization.id} (${parametrization.name}), ${weightDecayKind} weight decay`, columns),
    hang("optimizer  ", `${optimizer.main.id}${direction}${fallback}`, columns),
    hang("model      ", model.description, columns),
    hang("base       ", side(model.base), columns),
    hang(
      "scale      ",
      isBase ? `${side(model.scale)} (the base itself${allOne ? ": every factor is 1" : ""})` : side(model.scale),
      columns,
    ),
    ...(both.length === 0 ? [] : [hang("not given  ", `equal on both sides: ${both.join(", ")}`, columns)]),
    ...(oneSided.length === 0 ? [] : [hang("not given  ", `taken from the other side: ${oneSided.join(", ")}`, columns)]),
    ...(factors.length === 0 || !withFactors
      ? []
      : [hang("×          ", `a factor on what the base has: ${factors.join(", ")} not given`, columns)]),
  ];
}

function tableLines(description: DescribedParametrization, columns: number, all: boolean): readonly string[] {
  const { table } = description;
  const distinct = distinctTensors(table);
  const shown = tensorQuantities.filter((quantity) => isShown(description, distinct, quantity));
  const numbers = numberColumns(description, distinct, shown);
  // Repeated tensors share their factors, so each is written once.
  const texts = new Map<ResolvedTensor["factors"], string>();
  const signature = (resolved: ResolvedTensor): string => {
    const text = texts.get(resolved.factors) ?? numbers.map(({ value }) => value(resolved)).join("|");
    texts.set(resolved.factors, text);
    return `${resolved.row.role}|${resolved.row.shape.join("|")}|${text}`;
  };
  const rows = all
    ? table.map((row): CollapsedRow<ResolvedTensor> => ({ heading: "", label: row.row.name, row, count: 1 }))
    : collapseRows(table, ({ row }) => row.name, signature);
  const hidden = hiddenQuantities(description, distinct, shown);
  return [
    ...renderCollapsed(
      "TENSOR",
      [
        { header: "ROLE", value: ({ row }) => row.role },
        { header: "FAN-IN→OUT", align: "right", value: ({ row }) => `${row.fanIn}→${row.fanOut}` },
        ...numbers,
      ],
      rows,
      columns,
    ),
    ...(hidden.length === 0 ? [] : ["", ...wrapWords(`the same for every tensor: ${hidden.join(", ")}`, columns)]),
  ];
}

/** One tensor of each set that was resolved alike. */
function distinctTensors(table: readonly ResolvedTensor[]): readonly ResolvedTensor[] {
  const seen = new Set<ResolvedTensor["factors"]>();
  return table.filter(({ factors }) => !seen.has(factors) && seen.add(factors));
}

function numberColumns(
  description: DescribedParametrization,
  distinct: readonly ResolvedTensor[],
  shown: readonly TensorQuantity[],
): readonly Column<ResolvedTensor>[] {
  const backward = distinct.some(({ row }) => row.backwardMultiplier !== row.forwardMultiplier);
  const gradient = distinct.some(({ row }) => row.weightGradientMultiplier !== undefined);
  const column = (header: string, value: (resolved: ResolvedTensor) => number): Column<ResolvedTensor> => ({
    header,
    align: "right",
    value: (resolved) => cell(value(resolved)),
  });
  return shown.flatMap((quantity): readonly Column<ResolvedTensor>[] => {
    const factors = distinct.some((resolved) => tableNumber(resolved, quantity, description).kind === "factor");
    const own = column(
      factors ? `× ${quantityHeaders[quantity]}` : quantityHeaders[quantity],
      (resolved) => tableNumber(resolved, quantity, description).value,
    );
    if (quantity !== "forwardMultiplier") return [own];
    return [
      own,
      ...(backward ? [column("BACKWARD", ({ row }) => row.backwardMultiplier)] : []),
      ...(gradient ? [column("GRADIENT", ({ row }) => row.weightGradientMultiplier ?? row.forwardMultiplier)] : []),
    ];
  });
}

/** Columns that say something: the first three, and what is not the same for every tensor. */
function isShown(description: DescribedParametrization, distinct: readonly ResolvedTensor[], quantity: TensorQuantity): boolean {
  const values = distinct.map((resolved) => tableNumber(resolved, quantity, description).value);
  return alwaysShown.includes(quantity) || values.some((value) => value !== values[0]);
}

function hiddenQuantities(
  description: DescribedParametrization,
  [first]: readonly ResolvedTensor[],
  shown: readonly TensorQuantity[],
): readonly string[] {
  return tensorQuantities.flatMap((quantity) => {
    if (first === undefined || shown.includes(quantity)) return [];
    const { kind, value } = tableNumber(first, quantity, description);
    const isDamping = quantity === "dampingFanIn" || quantity === "dampingFanOut";
    return isDamping && value === 0 ? [] : [`${quantity} ${kind === "factor" ? "× " : ""}${cell(value)}`];
  });
}

/** Every guess with its reason, unsure ones first. */
function guessLines({ model }: DescribedParametrization, columns: number): readonly string[] {
  if (model.guesses.length === 0) return [];
  const guesses = collapseRows(
    model.guesses,
    ({ name }) => name,
    ({ role, reason, confidence }) => [role, reason, confidence].join("|"),
  );
  const order = ["unsure", "likely", "certain"] as const;
  const sorted = order.flatMap((confidence) => guesses.filter(({ row }) => row.confidence === confidence));
  return [
    "",
    "Guessed (list them under tensors in the model file to say otherwise):",
    ...sorted.map(({ heading, label, row }) =>
      hang("  ", `${heading === "" ? label : `${heading} ${label}`}: ${row.role}, ${row.confidence}: ${row.reason}`, columns),
    ),
  ];
}

/** Four digits. */
export function cell(value: number): string {
  return String(Number(value.toPrecision(4)));
}
