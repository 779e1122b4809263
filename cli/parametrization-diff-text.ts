import type { RuleDifference } from "../analysis/parametrizations/compare.ts";
import { shortNumber } from "../analysis/parametrizations/explanation/factor-text.ts";
import type { ComparedParametrizations } from "../operations/compare-parametrizations.ts";
import { collapseRows } from "./collapsed-rows.ts";
import { headerLines } from "./parametrization-table-text.ts";
import { hang, wrapWords } from "./render-error.ts";

/** Every quantity that differs, with both formulas and their values; tensors that differ alike once. */
export function renderComparison(compared: ComparedParametrizations, columns: number): string {
  const { left, right, mode, form, differences, notes } = compared;
  const [leftName, rightName] = [left.parametrization.id, right.parametrization.id];
  const [, ...header] = headerLines(left, columns, { factors: false });
  const width = Math.max(leftName.length, rightName.length) + 6;
  const compares = mode === "growth" ? "how quantities change from the base to the scale" : "numbers at the scale";
  return [
    hang("rules      ", `${leftName} (${left.parametrization.name}) against ${rightName} (${right.parametrization.name})`, columns),
    ...header,
    hang("compared   ", `${compares}${form === null ? ", each rule set in the form it is written in" : `, both in ${form}`}`, columns),
    ...groupDifferences(differences).flatMap(({ title, difference }) => [
      "",
      ...wrapWords(title, columns),
      hang(`    ${leftName}`.padEnd(width), sideText(difference.left), columns),
      hang(`    ${rightName}`.padEnd(width), sideText(difference.right), columns),
    ]),
    ...(notes.length === 0 ? [] : ["", ...notes.flatMap((note) => wrapWords(note, columns))]),
    "",
    ...wrapWords(verdict(compared), columns),
  ].join("\n");
}

function verdict({ left, right, equal, differences, mode, constantsOf }: ComparedParametrizations): string {
  const names = `${left.parametrization.id} and ${right.parametrization.id}`;
  const constants =
    constantsOf.length === 0
      ? ""
      : ` Beside that, ${constantsOf.join(", ")} differ by constants that a tuned value absorbs: --absolute shows them.`;
  if (equal) return `${names} ${mode === "growth" ? "scale alike" : "are the same"} for this model.${constants}`;
  const quantities = [...new Set(differences.map(({ quantity }) => quantity))];
  return `${names} differ${quantities.length === 0 ? "" : ` in ${quantities.join(", ")}`}.${constants}`;
}

interface Group {
  readonly title: string;
  readonly difference: RuleDifference;
}

/** Differences with the same quantity, role and formulas under one title. */
function groupDifferences(differences: readonly RuleDifference[]): readonly Group[] {
  const groups = new Map<string, { readonly difference: RuleDifference; readonly tensors: readonly string[] }>();
  for (const difference of differences) {
    const { quantity, role, left, right } = difference;
    const key = JSON.stringify([quantity, role, left, right]);
    groups.set(key, { difference, tensors: [...(groups.get(key)?.tensors ?? []), ...difference.tensors] });
  }
  return [...groups.values()].map(({ difference, tensors }) => ({
    difference,
    title:
      tensors.length === 0 ? difference.quantity : `${difference.quantity} of ${difference.role ?? ""} tensors: ${tensorsText(tensors)}`,
  }));
}

function tensorsText(names: readonly string[]): string {
  const rows = collapseRows(
    names,
    (name) => name,
    () => "",
  );
  const byHeading = new Map<string, readonly string[]>();
  for (const { heading, label } of rows) byHeading.set(heading, [...(byHeading.get(heading) ?? []), label]);
  return [...byHeading].map(([heading, labels]) => (heading === "" ? labels.join(", ") : `${heading} ${labels.join(", ")}`)).join("; ");
}

function sideText({ formula, value }: RuleDifference["left"]): string {
  return value === null || formula === "constant" ? formula : `${formula} = ${shortNumber(value)}`;
}
