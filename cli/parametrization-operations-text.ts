import type { DescribedParametrization } from "../operations/describe-parametrization.ts";
import { hang } from "./render-error.ts";

/** What is no tensor: attention logits, residual branches, multipliers unlike 1, tied readouts, unit scaling, betas. */
export function operationLines(description: DescribedParametrization, columns: number): readonly string[] {
  const entries: readonly (readonly [label: string, text: string])[] = [
    ...attention(description),
    ...residual(description),
    ...multipliers(description),
    ...tied(description),
    ...unitScaling(description),
    ...betas(description),
  ];
  if (entries.length === 0) return [];
  const width = Math.max(...entries.map(([label]) => label.length)) + 4;
  return ["Operations:", ...entries.map(([label, text]) => hang(`  ${label}`.padEnd(width), text, columns))];
}

type Entry = readonly [label: string, text: string];

function attention({ operations }: DescribedParametrization): readonly Entry[] {
  return operations.attentionLogitScale === null ? [] : [["attention logits", `q·k × ${number(operations.attentionLogitScale)}`]];
}

function residual({ operations, branchRule, model }: DescribedParametrization): readonly Entry[] {
  const blocks = operations.residualBlocks;
  const [first] = blocks;
  const last = blocks.at(-1);
  if (first === undefined || last === undefined) {
    if (model.residualBranches !== null) return [];
    return [
      [
        "residual branches",
        branchRule.kind === "formula"
          ? `${branchRule.formula}; a list of tensors does not say how many`
          : `each × ${number(branchRule.value)}`,
      ],
    ];
  }
  const alike = blocks.every(
    ({ skipMultiplier, branchMultiplier }) => skipMultiplier === first.skipMultiplier && branchMultiplier === first.branchMultiplier,
  );
  const one = ({ skipMultiplier, branchMultiplier }: typeof first): string =>
    `branch × ${number(branchMultiplier)}, skip × ${number(skipMultiplier)}`;
  return [
    [
      "residual branches",
      alike ? `${blocks.length} branches: ${one(first)}` : `${blocks.length} branches, the first: ${one(first)}; the last: ${one(last)}`,
    ],
  ];
}

function multipliers({ operations }: DescribedParametrization): readonly Entry[] {
  return (
    [
      ["embedding", operations.embeddingMultiplier],
      ["logits", operations.outputMultiplier],
      ["activation", operations.activationMultiplier],
      ["loss", operations.lossMultiplier],
    ] as const
  ).flatMap(([label, value]) => (value === 1 ? [] : [[label, `× ${number(value)}`] as const]));
}

function tied({ table }: DescribedParametrization): readonly Entry[] {
  return table.flatMap(({ row, tiedReadout }) =>
    tiedReadout === undefined ? [] : [[`${row.name} as readout`, `forward × ${number(tiedReadout.value)}`] as const],
  );
}

function unitScaling({ operations, parametrization }: DescribedParametrization): readonly Entry[] {
  const factors = operations.unitScaling;
  if (factors === undefined)
    return parametrization.unitScaling === undefined
      ? []
      : [["unit scaling", "not known for a list of tensors: gradients are shown as the true ones"]];
  const pair = ({ forward, backward }: { readonly forward: number; readonly backward: number }): string =>
    `forward × ${number(forward)}, backward × ${number(backward)}`;
  return [
    ["sum of embeddings", pair(factors.embeddingSum)],
    ["activation", `input × ${number(factors.activation.input)}, ${pair(factors.activation)}`],
    ["attention values", pair(factors.attention)],
    ["loss", `logits × ${number(factors.loss.input)}, gradient × ${number(factors.loss.backward)}`],
  ];
}

function betas({ betaRules }: DescribedParametrization): readonly Entry[] {
  return betaRules.flatMap(({ name, factor, value }): readonly Entry[] => {
    if (value !== null) return [[name, number(value)] as const];
    return factor === 1 ? [] : [[`1 - ${name}`, `× ${number(factor)}`] as const];
  });
}

function number(value: number): string {
  return String(Number(value.toPrecision(5)));
}
