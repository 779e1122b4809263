import type { NumberExplanation, TensorExplanation } from "../analysis/parametrizations/explanation/explain.ts";
import type { FactorSource } from "../analysis/parametrizations/factor.ts";
import { shortNumber } from "../analysis/parametrizations/explanation/factor-text.ts";
import type { DescribedExplanations } from "../operations/description-document.ts";
import { hang } from "./render-error.ts";

/** Every number: formula with its values, result, then source and evidence. */
export function renderExplanations({ tensors, operations }: DescribedExplanations, columns: number): string {
  return [
    ...tensors.flatMap((tensor, index) => [...(index === 0 ? [] : [""]), ...tensorLines(tensor, columns)]),
    ...(operations.length === 0 ? [] : ["", "Operations:", ...operations.flatMap((number) => numberLines(number, columns))]),
  ].join("\n");
}

function tensorLines({ name, role, optimizer, numbers, form }: TensorExplanation, columns: number): readonly string[] {
  return [
    `${name}: ${role}, ${optimizer}`,
    ...numbers.flatMap((number) => numberLines(number, columns)),
    ...(form === undefined
      ? []
      : [
          hang("  abc-symmetry: ", `t = ${form.t.substituted} = ${shortNumber(form.t.value)}; ${form.changes.join(", ")}`, columns, {
            indent: "      ",
          }),
          hang("      ", `${form.source} [${form.evidence.join(", ")}]`, columns),
        ]),
  ];
}

function numberLines(number: NumberExplanation, columns: number): readonly string[] {
  const { of, substituted, kind, value, remarks, sources } = number;
  const result = kind === "value" ? shortNumber(value) : value === 1 ? "base" : `base × ${shortNumber(value)}`;
  const equation = substituted === result ? result : `${substituted} = ${result}`;
  return [
    hang(`  ${of} = `, equation, columns, { indent: "      " }),
    ...remarks.map((remark) => hang("      ", remark, columns)),
    ...sources.map((source) => hang("      ", sourceText(source), columns)),
  ];
}

function sourceText({ component, source, evidence }: FactorSource): string {
  // Said in full once, below the numbers.
  if (component === "abc-symmetry") return "abc-symmetry, below";
  return `${component}: ${source} [${evidence.join(", ")}]`;
}
