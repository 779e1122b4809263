import type { Evidence, Parametrization, RuleComponent, TensorCondition } from "../contract.ts";
import { tensorQuantities } from "../contract.ts";
import { type TensorRole, tensorRoles } from "../../study/trainer-contract.ts";
import { type OptimizerFamily, optimizerFamilies } from "../optimizers/contract.ts";
import { ruleFormula } from "./rule-formula.ts";

/** One line of a rule set as its rules are written: for these roles under these optimizer families, base value x formula. */
export interface RuleRow {
  readonly component: string;
  readonly quantity: string;
  /** Empty for what is no tensor. */
  readonly roles: readonly TensorRole[];
  /** Which tensors of the roles, and which kinds of decay; empty: all. */
  readonly condition: string;
  /** Empty: every family. */
  readonly families: readonly OptimizerFamily[];
  readonly formula: string;
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

type Rules = Pick<Parametrization, "components">;

/** Every rule of a rule set, in the order of components and quantities; rules that differ in role or optimizer family alone are one line. */
export function ruleRows({ components }: Rules): readonly RuleRow[] {
  return components.flatMap((component) => mergeRows(rowsOf(component)));
}

/** What another choice of options takes away from the rules and what it adds, merged as above. */
export function changedRows(before: Rules, after: Rules): { readonly dropped: readonly RuleRow[]; readonly added: readonly RuleRow[] } {
  const cells = ({ components }: Rules): ReadonlyMap<string, RuleRow> =>
    new Map(
      components.flatMap((component) =>
        rowsOf(component)
          .flatMap(cellsOf)
          .map((cell) => [JSON.stringify(cell), cell] as const),
      ),
    );
  const [old, now] = [cells(before), cells(after)];
  const missing = (from: ReadonlyMap<string, RuleRow>, there: ReadonlyMap<string, RuleRow>): readonly RuleRow[] =>
    mergeRows([...from].filter(([key]) => !there.has(key)).map(([, cell]) => cell));
  return { dropped: missing(old, now), added: missing(now, old) };
}

/** A row for each of its roles and families. */
function cellsOf(row: RuleRow): readonly RuleRow[] {
  const roles = row.roles.length === 0 ? [[]] : row.roles.map((role) => [role]);
  const families = row.families.length === 0 ? [[]] : row.families.map((family) => [family]);
  return roles.flatMap((ofRole) => families.map((ofFamily) => ({ ...row, roles: ofRole, families: ofFamily })));
}

function mergeRows(rows: readonly RuleRow[]): readonly RuleRow[] {
  const byRoles = merge(rows, ({ families: _, ...key }) => key, joinFamilies);
  const merged = merge(byRoles, ({ roles: _, ...key }) => key, joinRoles);
  return merged.map((row) => (row.families.length === optimizerFamilies.length ? { ...row, families: [] } : row));
}

function rowsOf({ id, measure, tensorRules, operationRules, optimizerRules }: RuleComponent): readonly RuleRow[] {
  const common = (
    rule: RuleComponent["operationRules"][number] | RuleComponent["optimizerRules"][number] | RuleComponent["tensorRules"][number],
  ) => ({
    component: id,
    quantity: rule.quantity,
    formula: ruleFormula(rule, measure),
    source: rule.source,
    evidence: rule.evidence,
  });
  const ofTensors = tensorQuantities.flatMap((quantity) =>
    tensorRules
      .filter((rule) => rule.quantity === quantity)
      .map(
        (rule): RuleRow => ({
          ...common(rule),
          roles: rule.roles,
          families: rule.families ?? optimizerFamilies,
          condition: [...conditionTexts(rule.where), ...decayTexts(rule)].join("; "),
        }),
      ),
  );
  const ofOperations = operationRules.map((rule): RuleRow => ({ ...common(rule), roles: [], families: [], condition: "" }));
  const ofOptimizer = optimizerRules.map(
    (rule): RuleRow => ({ ...common(rule), roles: [], families: rule.families ?? optimizerFamilies, condition: "" }),
  );
  return [...ofTensors, ...ofOperations, ...ofOptimizer];
}

function conditionTexts(where: TensorCondition | undefined): readonly string[] {
  if (where === undefined) return [];
  const either = (value: boolean | undefined, yes: string, no: string): readonly string[] =>
    value === undefined ? [] : [value ? yes : no];
  return [
    ...either(where.insideBlock, "in residual blocks", "outside residual blocks"),
    ...either(where.lookup, "lookup tables", "products, no lookup tables"),
    ...either(where.vector, "of one dimension", "of two dimensions or more"),
    ...either(where.tied, "tied to the readout", "not tied"),
    ...(where.modules === undefined ? [] : [`modules ${where.modules.join(", ")}`]),
  ];
}

function decayTexts({ quantity, weightDecayKinds = ["coupled", "decoupled"] }: RuleComponent["tensorRules"][number]): readonly string[] {
  return quantity === "weightDecay" ? [`decay ${weightDecayKinds.join(", ")}`] : [];
}

/** Puts rows with one key together, in the place of the first. */
function merge(
  rows: readonly RuleRow[],
  keyOf: (row: RuleRow) => object,
  join: (left: RuleRow, right: RuleRow) => RuleRow,
): readonly RuleRow[] {
  const merged = new Map<string, RuleRow>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const found = merged.get(key);
    merged.set(key, found === undefined ? row : join(found, row));
  }
  return [...merged.values()];
}

function joinFamilies(left: RuleRow, right: RuleRow): RuleRow {
  return { ...left, families: optimizerFamilies.filter((family) => left.families.includes(family) || right.families.includes(family)) };
}

function joinRoles(left: RuleRow, right: RuleRow): RuleRow {
  return { ...left, roles: tensorRoles.filter((role) => left.roles.includes(role) || right.roles.includes(role)) };
}
