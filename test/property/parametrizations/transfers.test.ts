import { expect, test } from "vitest";
import { evidenceTags, ruleAxes } from "../../../analysis/parametrizations/contract.ts";
import { moduleQuantities } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization, parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { publishedClaims, unresolvedChoices } from "../../../analysis/parametrizations/transfer-claims.ts";
import { knownHyperparameters } from "../../../analysis/study/study-spec.ts";

const subjects: readonly string[] = [
  ...knownHyperparameters,
  ...moduleQuantities.map((quantity) => `${quantity}@module`),
  ...unresolvedChoices,
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

test("what papers say: known subjects and axes, under rule sets that exist, with a source that can be found", () => {
  for (const { hyperparameter, axis, source, under, evidence } of publishedClaims) {
    expect(subjects).toContain(hyperparameter);
    expect(ruleAxes).toContain(axis);
    expect(source).toMatch(/arXiv:\d{4}\.\d{5}/);
    expect(() => findParametrization(under)).not.toThrow();
    expect(evidence.length).toBeGreaterThan(0);
    for (const tag of evidence) expect(evidenceTags).toContain(tag);
  }
});

test("one source says one thing of a hyperparameter, an axis and a rule set", () => {
  const keys = publishedClaims.map(({ hyperparameter, axis, source, under }) => `${hyperparameter} over ${axis} under ${under}: ${source}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test("dropout does not transfer by Tensor Programs V; decay does not by Lingle and does by u-muP: both are on the table", () => {
  const of = (hyperparameter: string, source: string) =>
    publishedClaims
      .filter((claim) => claim.hyperparameter === hyperparameter && claim.source.includes(source))
      .map(({ transfer }) => transfer);
  expect(of("dropout", "2203.03466")).toEqual(["none"]);
  expect(of("weightDecay", "2404.05728")).toEqual(["none"]);
  expect(of("weightDecay", "2407.17465")).toEqual(["empirical"]);
});
