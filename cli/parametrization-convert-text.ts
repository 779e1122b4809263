import { tensorQuantities } from "../analysis/parametrizations/contract.ts";
import type { ConvertedTensor } from "../analysis/parametrizations/conversion.ts";
import { tableNumber } from "../analysis/parametrizations/explanation/given-values.ts";
import type { ConvertedParametrization } from "../operations/convert-parametrization.ts";
import { collapseRows } from "./collapsed-rows.ts";
import { renderCollapsed } from "./collapsed-table.ts";
import { countText } from "./number-text.ts";
import { cell, headerLines, quantityHeaders } from "./parametrization-table-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import type { Column } from "./table.ts";

/** Both forms side by side, t, and the products that are the same in both. */
export function renderConversion(converted: ConvertedParametrization, columns: number): string {
  const { description, form, formSummary, tensors, unchanged, trueGradients } = converted;
  const shown = conversionColumns(converted);
  const changed = tensors.some(({ t }) => t.value !== 1);
  const rows = collapseRows(
    tensors,
    ({ before }) => before.row.name,
    (tensor) => [tensor.before.row.role, ...tensor.before.row.shape, ...shown.map(({ value }) => value(tensor))].join("|"),
  );
  return [
    ...headerLines(description, columns),
    hang("to         ", `${form}: ${formSummary}`, columns),
    "",
    ...renderCollapsed("TENSOR", shown, rows, columns),
    "",
    ...wrapWords(
      changed
        ? "t multiplies the forward multiplier and divides the weights; both columns train the same."
        : `${description.parametrization.id} is written in this form already: t is 1 for every tensor.`,
      columns,
    ),
    ...unchanged.map(({ formula, tensors: count, largestChange }) =>
      hang(
        "  unchanged  ",
        `${formula} (${countText(count, "tensor")}, ${largestChange === 0 ? "exactly" : `but for rounding: ${largestChange.toExponential(0)} relative`})`,
        columns,
      ),
    ),
    ...(trueGradients
      ? wrapWords("Both columns have the true gradients: unit scaling's own factors on the way back belong to its form alone.", columns)
      : []),
  ].join("\n");
}

function conversionColumns({ description, tensors }: ConvertedParametrization): readonly Column<ConvertedTensor>[] {
  const changing = tensorQuantities.filter((quantity) =>
    tensors.some(({ before, after }) => before.factors[quantity].value !== after.factors[quantity].value),
  );
  return [
    { header: "ROLE", value: ({ before }) => before.row.role },
    { header: "T", align: "right", value: ({ t }) => cell(t.value) },
    ...changing.map((quantity): Column<ConvertedTensor> => {
      const factors = tensors.some(({ before }) => tableNumber(before, quantity, description).kind === "factor");
      return {
        header: `${factors ? "× " : ""}${quantityHeaders[quantity]}`,
        align: "right",
        value: ({ before, after }) => {
          const [from, to] = [before, after].map((resolved) => cell(tableNumber(resolved, quantity, description).value));
          return from === to ? (from ?? "") : `${from ?? ""} → ${to ?? ""}`;
        },
      };
    }),
  ];
}
