import type { StudySpecInput } from "../../analysis/study/study-spec.ts";

/** Slopes as somebody else measured them: of ln RMS change on ln axis after the last step, by module. */
export type ReferenceSlopes = Readonly<Record<string, number>>;

/** One set-up of the bench. */
export interface Cell {
  /** Row of its table. */
  readonly row: string;
  readonly column: string;
  readonly spec: Pick<StudySpecInput, "model" | "optimizer" | "base" | "scales"> & {
    readonly hyperparameters: Readonly<Record<string, number>>;
  };
  readonly parametrization: string;
  readonly axis: "width" | "depth";
  readonly axisValues: readonly number[];
  readonly seeds: readonly number[];
  /** Every tensor gets the base's learning rate: the rule's initialization without its learning rates. */
  readonly sameLearningRates?: boolean;
  /** What is expected: a flat cell, one that scales, or one that cannot be judged. */
  readonly expected: "pass" | "fail" | "undecided";
  /** Measured with an independent numpy program of the same set-up. */
  readonly reference: ReferenceSlopes | null;
}

/** Modules of a table, in its order. */
export const depthModules = ["features", "logits"] as const;
export const widthModules = ["layers.0", "layers.1", "logits"] as const;

const depths = [4, 8, 16, 32, 64];
const adam = { name: "adam", beta1: 0.9, beta2: 0.95 } as const;
const sgd = { name: "sgd", momentum: 0 } as const;

/** Rule, then reference slopes of features and logits: Adam k = 1, Adam k = 2, SGD k = 1, SGD k = 2. */
const depthRows: readonly (readonly [string, string, readonly (readonly [number, number])[], readonly Cell["expected"][]])[] = [
  [
    "none",
    "mup",
    [
      [0.44, 0.29],
      [0.28, 0.18],
      [0.52, 0.09],
      [0.48, 0.1],
    ],
    ["fail", "fail", "fail", "fail"],
  ],
  [
    "Bordelon: branches m_L^-1/2",
    "mup+bordelon",
    [
      [0.32, 0.25],
      [0.23, 0.18],
      [0.02, 0.02],
      [0.02, 0.01],
    ],
    ["fail", "fail", "pass", "pass"],
  ],
  [
    "depth-μP: branches m_L^-1/2, Adam's rate in blocks m_L^-1/2",
    "mup+depth-mup",
    [
      [0.02, 0.01],
      [0, 0.01],
      [0.02, 0.02],
      [0.02, 0.01],
    ],
    ["pass", "pass", "pass", "pass"],
  ],
  [
    "CompleteP: branches m_L^-1, SGD's rate in blocks m_L",
    "completep",
    [
      [0, 0.03],
      [0, 0.03],
      [-0.03, 0.02],
      [-0.01, 0.01],
    ],
    ["pass", "pass", "pass", "pass"],
  ],
];

const depthColumns = [
  { column: "Adam k=1", optimizer: adam, learningRate: 0.002, productsPerBlock: 1 },
  { column: "Adam k=2", optimizer: adam, learningRate: 0.002, productsPerBlock: 2 },
  { column: "SGD k=1", optimizer: sgd, learningRate: 0.3, productsPerBlock: 1 },
  { column: "SGD k=2", optimizer: sgd, learningRate: 0.3, productsPerBlock: 2 },
] as const;

/** Residual tanh perceptron of width 128, branches of 0.5 at depth 4, batch 64, depths 4 to 64. */
export const depthCells: readonly Cell[] = depthRows.flatMap(([row, parametrization, references, expected]) =>
  depthColumns.map(
    ({ column, optimizer, learningRate, productsPerBlock }, index): Cell => ({
      row,
      column,
      spec: {
        model: { architecture: "residualMlp", inputDimension: 32, classes: 8, productsPerBlock, activation: "tanh" },
        optimizer,
        base: { width: 128, depth: 4 },
        scales: { width: 128, depth: depths, batchSizeTokens: 64, tokenHorizon: 64 },
        hyperparameters: { learningRate, residualMultiplier: 0.5 },
      },
      parametrization,
      axis: "depth",
      axisValues: depths,
      seeds: [1, 2, 3],
      expected: expected[index] ?? "pass",
      reference: { features: references[index]?.[0] ?? 0, logits: references[index]?.[1] ?? 0 },
    }),
  ),
);

interface WidthRow {
  readonly row: string;
  readonly optimizer: StudySpecInput["optimizer"];
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly batch?: number;
  readonly widths?: readonly number[];
  /** Reference slopes of layers.0, layers.1 and logits; null: the column makes no sense. */
  readonly rule: readonly number[];
  readonly sameRates: readonly number[] | null;
  readonly sp: readonly number[];
}

const fromBase64 = [64, 128, 256, 512, 1024];
const fromBase128 = [128, 256, 512, 1024];

const widthRows: readonly WidthRow[] = [
  {
    row: "SGD (.5)",
    optimizer: sgd,
    hyperparameters: { learningRate: 0.5 },
    rule: [0.01, 0, -0.01],
    sameRates: [-1.07, -0.35, 0.4],
    sp: [-0.87, -0.08, 0.47],
  },
  {
    row: "Adam (.01)",
    optimizer: adam,
    hyperparameters: { learningRate: 0.01 },
    rule: [0, -0.01, -0.01],
    sameRates: [-0.18, 0.31, 0.62],
    sp: [-0.17, 0.31, 0.7],
  },
  {
    row: "Adafactor, factored, parameter-scaled (.03)",
    optimizer: { name: "adafactor", minimumDimensionFactored: 1 },
    hyperparameters: { learningRate: 0.03 },
    rule: [0, 0, -0.01],
    sameRates: [-0.05, 0.26, 0.24],
    sp: [-0.24, 0.05, 0.51],
  },
  {
    row: "Shampoo −1/4, −1/4, sums (.02)",
    optimizer: { name: "shampoo" },
    hyperparameters: { learningRate: 0.02 },
    rule: [0.01, 0.02, -0.01],
    sameRates: [-0.49, -0.13, 0.19],
    sp: [-0.5, -0.14, 0.38],
  },
  {
    row: "Muon, exact U V^T, no shape factor (.02)",
    optimizer: { name: "muon", momentum: 0, nesterov: false, orthogonalization: "exact", shapeFactor: "none" },
    hyperparameters: { learningRate: 0.02 },
    rule: [0, 0.02, -0.01],
    sameRates: [-0.5, -0.13, 0.19],
    sp: [-0.5, -0.13, 0.4],
  },
  {
    row: "K-FAC, damping 1e-2 and 1e-3 (.01)",
    optimizer: { name: "kfac" },
    hyperparameters: { learningRate: 0.01, dampingFanIn: 1e-2, dampingFanOut: 1e-3 },
    batch: 32,
    widths: fromBase128,
    rule: [0.02, 0.02, 0.02],
    sameRates: null,
    sp: [-0.44, -0.41, 0.03],
  },
  {
    row: "FOOF, damping 1e-2 (.3)",
    optimizer: { name: "foof" },
    hyperparameters: { learningRate: 0.3, dampingFanIn: 1e-2 },
    batch: 32,
    widths: fromBase128,
    rule: [0, 0, -0.02],
    sameRates: [-0.92, -0.92, -0.22],
    sp: [-0.52, -0.52, -0.04],
  },
];

const widthColumns = [
  { column: "μP rule", parametrization: "mup", expected: "pass", of: (row: WidthRow) => row.rule },
  // In form 3, as the reference writes it: which learning rates are missing depends on the form.
  { column: "μP init, rates not scaled", parametrization: "mup:form=3", expected: "fail", of: (row: WidthRow) => row.sameRates },
  { column: "SP", parametrization: "sp", expected: "fail", of: (row: WidthRow) => row.sp },
] as const;

/** tanh perceptron 32-n-n-8, equal at the base width. */
function widthCell(
  row: WidthRow,
  column: (typeof widthColumns)[number],
  reference: readonly number[] | null,
  changes: Partial<Cell> = {},
): Cell {
  const { batch = 128, widths = fromBase64 } = row;
  return {
    row: row.row,
    column: column.column,
    spec: {
      model: { architecture: "mlp", inputDimension: 32, classes: 8, activation: "tanh" },
      optimizer: row.optimizer,
      base: { width: widths[0] ?? 64 },
      scales: { width: [...widths], depth: 2, batchSizeTokens: batch, tokenHorizon: batch },
      hyperparameters: row.hyperparameters,
    },
    parametrization: column.parametrization,
    axis: "width",
    axisValues: widths,
    seeds: [1, 2],
    sameLearningRates: column.parametrization === "mup:form=3",
    expected: column.expected,
    reference: reference === null ? null : Object.fromEntries(widthModules.map((module, index) => [module, reference[index] ?? 0])),
    ...changes,
  };
}

/** Seven optimizers under their rule, under its initialization alone, and under SP. */
export const widthCells: readonly Cell[] = widthRows.flatMap((row) =>
  widthColumns.flatMap((column) => {
    const reference = column.of(row);
    if (reference === null) return [];
    // The reference measured FOOF's middle column with a batch of 128.
    const isFoofUnscaled = row.row.startsWith("FOOF") && column.parametrization === "mup:form=3";
    return [widthCell(isFoofUnscaled ? { ...row, batch: 128 } : row, column, reference)];
  }),
);

/** A batch above the smallest width: K-FAC's right rule shows a slope, and the check says that it cannot judge. */
export const trapCells: readonly Cell[] = widthRows
  .filter(({ row }) => row.startsWith("K-FAC"))
  .map((row) =>
    widthCell({ ...row, row: "K-FAC, batch 128 above width 64", batch: 128, widths: fromBase64 }, widthColumns[0], [0.07, 0.06, 0.2], {
      expected: "undecided",
    }),
  );
