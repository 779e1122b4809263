import { expect, test } from "vitest";
import { ruleAxes } from "../../../analysis/parametrizations/contract.ts";
import { moduleQuantities } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization, parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { knownHyperparameters } from "../../../analysis/study/study-spec.ts";

const subjects: readonly string[] = [
  ...knownHyperparameters,
  ...moduleQuantities.map((quantity) => `${quantity}@module`),
  // Choices that no rule set resolves.
  "momentum",
];

/** Every rule set with each of its option values. */
const written = parametrizationDefinitions.flatMap(({ id, kind, options }) => {
  const prefix = kind === "component" ? "mup+" : "";
  const values = options.flatMap(({ name, allowed }) =>
    ("from" in allowed ? [allowed.from, allowed.to].map(String) : allowed).map((value) => `${prefix}${id}:${name}=${value}`),
  );
  return [`${prefix}${id}`, ...values];
});

test.each(written)("%s claims transfer of known hyperparameters, over known axes, by a named source, once each", (id) => {
  const { transfers } = findParametrization(id);
  for (const { hyperparameter, axis, transfer, source } of transfers) {
    expect(subjects).toContain(hyperparameter);
    expect(ruleAxes).toContain(axis);
    expect(["theory", "empirical", "none"]).toContain(transfer);
    expect(source).toMatch(/arXiv:\d{4}\.\d{5}|et al\. \d{4}|Marin|your own fit/);
  }
});

test("a rule set by itself says one thing of a hyperparameter and an axis", () => {
  for (const id of written.filter((candidate) => !candidate.includes("+"))) {
    const keys = findParametrization(id).transfers.map(({ hyperparameter, axis }) => `${hyperparameter} over ${axis}`);
    expect([id, keys.length]).toEqual([id, new Set(keys).size]);
  }
});
