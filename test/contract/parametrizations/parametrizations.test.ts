import { describe, expect, test } from "vitest";
import { architectures } from "../../../analysis/parametrizations/architectures/index.ts";
import { type Parametrization, tensorQuantities } from "../../../analysis/parametrizations/contract.ts";
import { operationFactor, optimizerFactor } from "../../../analysis/parametrizations/evaluate.ts";
import { scaleNames } from "../../../analysis/parametrizations/exponents.ts";
import type { Factor } from "../../../analysis/parametrizations/factor.ts";
import { findParametrization, parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { optimizerFamilies } from "../../../analysis/parametrizations/optimizers/contract.ts";
import { findOptimizer, optimizerDefinitions, readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { type ResolvedTensor, resolveTable } from "../../../analysis/parametrizations/resolve.ts";
import { assertModulesReached } from "../../../analysis/parametrizations/rule-reach.ts";
import { canonicalJson } from "../../../analysis/study/content-hash.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { WeightDecayKind } from "../../../analysis/study/study-spec.ts";
import { operationsSchema, tensorRowSchema } from "../../../analysis/study/trainer-contract.ts";
import { exampleHyperparameters, exampleModels, exampleTensors, resolveExample } from "./example-models.ts";
import { paperTables } from "./paper-exponents.ts";
import type { PaperExponents, PaperTable } from "./paper-tables/format.ts";
import { sampleBase, samples, sampleScale } from "./sample-tensors.ts";

/** Every optimizer family, with other exponents and blocks where there are any; `fallback=0`: every matrix by the optimizer itself. */
const optimizers = [
  "sgd",
  "adam",
  "lion",
  "adafactor",
  "adafactor-unscaled",
  "muon",
  "muon-plain",
  "muon:fallback=0",
  "muon-kimi:fallback=0",
  "muon-jordan:fallback=0",
  "muonh:fallback=0",
  "muonh",
  "shampoo",
  "shampoo:left=0.5,right=0.5",
  "shampoo:left=0.5,right=0.25,block=8",
  "soap:fallback=0",
  "soap:left=1,right=0,block=8,fallback=0",
  "adamuon:fallback=0",
  "kfac",
  "foof",
];

/** One of every family. */
const familyOptimizers = optimizers.filter(
  (text, index) => optimizers.findIndex((other) => readOptimizer(other).main.family === readOptimizer(text).main.family) === index,
);

test("the suite's optimizers are of every family", () => {
  expect(new Set(optimizers.map((text) => readOptimizer(text).main.family))).toEqual(new Set(optimizerFamilies));
});

test("the suite has an example of every architecture", () => {
  expect(new Set(Object.values(exampleModels).map(({ architecture }) => architecture))).toEqual(new Set(architectures.map(({ id }) => id)));
});

/** True when every optimizer that the choice uses has a rule. */
function hasRule({ optimizerFamilies: known }: Parametrization, optimizer: string): boolean {
  const { main, fallback } = readOptimizer(optimizer);
  return known.includes(main.family) && (fallback === undefined || known.includes(fallback.optimizer.family));
}

/** As a study writes it: a component completes `mup`. */
function written(id: string): string {
  const definition = parametrizationDefinitions.find((candidate) => candidate.id === (id.split(":")[0] ?? ""));
  return definition?.kind === "component" ? `mup+${id}` : id;
}

/** Keys of `paperTables` for one definition: its defaults first, then options. */
function tablesOf(id: string): readonly string[] {
  return [id, ...Object.keys(paperTables).filter((key) => key.startsWith(`${id}:`))];
}

function tableOf(key: string): PaperTable {
  const own = paperTables[key];
  if (own === undefined) throw new Error(`write the paper's table of ${key} into paper-exponents.ts`);
  const base = paperTables["mup"];
  if (written(key) === key || base === undefined) return own;
  return {
    ...own,
    tensors: [...base.tensors, ...own.tensors],
    attentionLogitScale: own.attentionLogitScale ?? base.attentionLogitScale ?? {},
  };
}

/** `fanIn^-0.5 depth^1` by the paper, whose lines about one cell multiply. */
function printed(lines: readonly (PaperExponents | undefined)[], constant = 1): string {
  return powersText(
    scaleNames.map((scale) => [scale, lines.reduce((sum, line) => sum + (line?.[scale] ?? 0), 0)] as const),
    constant,
  );
}

/** The same of a factor. */
function found({ terms, constant }: Factor): string {
  const exponent = (scale: string) => terms.filter((term) => term.scale === scale).reduce((sum, term) => sum + term.exponent, 0);
  return powersText(
    scaleNames.map((scale) => [scale, exponent(scale)] as const),
    constant,
  );
}

function powersText(powers: readonly (readonly [string, number])[], constant: number): string {
  const written = powers.filter(([, exponent]) => exponent !== 0).map(([scale, exponent]) => `${scale}^${Number(exponent.toFixed(12))}`);
  return [`${constant}`, ...written].join(" ");
}

/** Models that have what the rule set speaks about. */
function modelsFor(parametrization: Parametrization): readonly string[] {
  return Object.keys(exampleModels).filter((model) => {
    try {
      assertModulesReached(parametrization, exampleTensors(model, at(16)));
      return true;
    } catch (error) {
      if (error instanceof LadderError && error.code === "MODULES_ABSENT") return false;
      throw error;
    }
  });
}

function resolveSamples(parametrization: Parametrization, optimizer: string, weightDecayKind: WeightDecayKind): readonly ResolvedTensor[] {
  const known = samples.filter(({ tensor }) => tensor.tied !== true || parametrization.tiedEmbeddings !== undefined);
  return resolveTable({
    parametrization,
    optimizer: readOptimizer(optimizer),
    tensors: known.map(({ tensor }) => tensor),
    baseTensors: known.map(({ base }) => base),
    scale: sampleScale,
    base: sampleBase,
    hyperparameters: exampleHyperparameters,
    weightDecayKind,
  });
}

for (const definition of parametrizationDefinitions) {
  const parametrization = findParametrization(written(definition.id));
  const relative = parametrization.components.every(({ measure }) => measure === "growth");

  describe(`parametrization ${definition.id}`, () => {
    test("says where it comes from, rule by rule", () => {
      for (const text of [parametrization.name, definition.name]) expect(text.length).toBeGreaterThan(1);
      for (const text of [parametrization.summary, parametrization.source, definition.summary, definition.source])
        expect(text.length).toBeGreaterThan(10);
      for (const { tensorRules, operationRules, optimizerRules, axes } of parametrization.components) {
        for (const rule of [...tensorRules, ...operationRules, ...optimizerRules]) {
          expect(rule.source.length).toBeGreaterThan(10);
          expect(rule.evidence.length).toBeGreaterThan(0);
        }
        expect(new Set(axes).size).toBe(axes.length);
      }
      for (const sourced of [parametrization.residual, parametrization.unitScaling])
        if (sourced !== undefined) {
          expect(sourced.source.length).toBeGreaterThan(10);
          expect(sourced.evidence.length).toBeGreaterThan(0);
        }
      expect(definition.build(defaultsOf(definition.id)).transfers.length).toBeGreaterThan(0);
    });

    test("options say what they mean, who holds which reading, and have a legal default", () => {
      for (const option of definition.options) {
        expect(option.meaning.length).toBeGreaterThan(10);
        expect(option.source.length).toBeGreaterThan(5);
        expect(() => findParametrization(written(`${definition.id}:${option.name}=${option.defaultValue}`))).not.toThrow();
      }
      expect(new Set(definition.options.map(({ name }) => name)).size).toBe(definition.options.length);
      expect(() => findParametrization(written(`${definition.id}:no-such-option=1`))).toThrow(/has no option/);
    });

    test("is data: survives JSON, but for the functions of `residual` and `unitScaling`, which are no powers", () => {
      const { residual, unitScaling, ...rules } = parametrization;
      expect(JSON.parse(JSON.stringify(rules))).toEqual(rules);
      const functions = Object.values({ ...residual, ...unitScaling }).filter((value) => typeof value === "function");
      expect(functions.length).toBe((residual === undefined ? 0 : 1) + (unitScaling === undefined ? 0 : 3));
    });

    for (const key of tablesOf(definition.id))
      test(`${key} has the exponents of the paper's table, for every kind of tensor, optimizer, quantity and scale`, () => {
        const table = tableOf(key);
        const set = findParametrization(written(key));
        const differences: string[] = [];
        let compared = 0;
        const isPrinted = (text: string) => table.families === undefined || table.families.includes(readOptimizer(text).main.family);
        for (const optimizer of optimizers.filter((text) => hasRule(set, text) && isPrinted(text)))
          for (const weightDecayKind of ["decoupled", "independent"] as const)
            for (const resolved of resolveSamples(set, optimizer, weightDecayKind))
              for (const quantity of tensorQuantities) {
                const { family, id } = resolved.optimizer;
                const rows = table.tensors.filter(
                  (line) =>
                    line.quantity === quantity &&
                    line.families.includes(family) &&
                    (line.optimizer === undefined || line.optimizer === optimizer) &&
                    (quantity !== "weightDecay" || (line.weightDecayKinds ?? ["decoupled"]).includes(weightDecayKind)),
                );
                const cell = `${optimizer} (${id}), ${weightDecayKind} decay, ${resolved.tensor.name}, ${quantity}`;
                // Silence is no pass: a table says of every family and quantity that there is nothing.
                if (rows.length === 0 && (weightDecayKind === "decoupled" || quantity !== "weightDecay"))
                  differences.push(`${cell}: no row`);
                const sample = samples.find((candidate) => candidate.id === resolved.tensor.name);
                const lines = rows.map((line) => ({
                  line,
                  powers: line.exponents[sample?.id ?? "hidden"] ?? line.exponents[resolved.tensor.role],
                }));
                const constant = lines.reduce(
                  (product, { line, powers }) => (powers === undefined ? product : product * (line.constant ?? 1)),
                  1,
                );
                const expected = printed(
                  lines.map(({ powers }) => powers),
                  constant,
                );
                const actual = found(resolved.factors[quantity]);
                if (actual !== expected) differences.push(`${cell}: ${actual}, but the paper prints ${expected}`);
                compared += scaleNames.length;
              }
        expect(differences).toEqual([]);
        expect(compared).toBeGreaterThan(0);
      });

    for (const key of tablesOf(definition.id))
      test(`${key} scales attention logits, residual branches and betas by the paper's powers`, () => {
        const table = tableOf(key);
        const set = findParametrization(written(key));
        for (const quantity of ["attentionLogitScale", "branchMultiplier"] as const)
          expect(`${quantity} ${found(operationFactor(set, quantity, { scale: sampleScale, base: sampleBase }))}`).toBe(
            `${quantity} ${printed([table[quantity]])}`,
          );
        for (const optimizer of optimizers.filter((text) => hasRule(set, text)))
          for (const quantity of ["oneMinusBeta1", "oneMinusBeta2"] as const) {
            const { main } = readOptimizer(optimizer);
            const known = table.betaFamilies === undefined || table.betaFamilies.includes(main.family);
            const factor = optimizerFactor(set, quantity, main, { scale: sampleScale, base: sampleBase });
            expect(`${optimizer} ${quantity} ${found(factor)}`).toBe(
              `${optimizer} ${quantity} ${printed(known ? [table.betas?.[quantity]] : [])}`,
            );
          }
      });

    test("every option value builds a rule set that resolves a model", () => {
      const values = definition.options.flatMap(({ name, allowed, defaultValue }) =>
        ("from" in allowed ? [`${allowed.from}`, `${(allowed.from + allowed.to) / 2}`, `${allowed.to}`, defaultValue] : allowed).map(
          (value) => `${definition.id}:${name}=${value}`,
        ),
      );
      for (const id of [definition.id, ...values]) {
        const set = findParametrization(written(id));
        const optimizer = familyOptimizers.findLast((text) => hasRule(set, text)) ?? "none";
        const model = modelsFor(set).at(1) ?? "none";
        const { table } = resolveExample({ parametrization: written(id), model, optimizer, scale: at(32), base: at(16) });
        expect(table.length).toBeGreaterThan(0);
      }
    });

    test("an optimizer without a rule here gets the answer `no rule`, and one without any rule gets it everywhere", () => {
      for (const { id, family } of optimizerDefinitions) {
        const resolve = () =>
          resolveExample({ parametrization: written(definition.id), model: "transformer", optimizer: id, scale: at(32), base: at(16) });
        if (family !== null && hasRule(parametrization, id)) expect(resolve).not.toThrow();
        else expect(resolve).toThrow(expect.objectContaining({ kind: "input", code: "OPTIMIZER_WITHOUT_RULE" }));
      }
    });

    for (const model of modelsFor(parametrization))
      for (const optimizer of familyOptimizers.filter((text) => hasRule(parametrization, text))) {
        if (relative)
          test(`${model}, ${optimizer}: identity at the base scale, to the byte, whatever the parametrization`, () => {
            const here = resolveExample({ parametrization: written(definition.id), model, optimizer, scale: at(16), base: at(16) });
            expect(canonicalJson(plain(here))).toBe(standardAtBase(model, optimizer));
            const { learningRate, weightDecay, epsilon } = exampleHyperparameters;
            const used = here.table.map(({ row }) => [row.learningRate, row.weightDecay, row.epsilon, row.forwardMultiplier].join(" "));
            expect([...new Set(used)]).toEqual([[learningRate, weightDecay, epsilon, 1].join(" ")]);
          });
        else
          test(`${model}, ${optimizer}: absolute; two scales differ by the powers of what grew, whatever the base`, () => {
            const resolve = (width: number, base: number) =>
              resolveExample({ parametrization: written(definition.id), model, optimizer, scale: at(width), base: at(base) });
            const [small, large, elsewhere] = [resolve(16, 16), resolve(64, 16), resolve(64, 32)];
            for (const [index, { factors, tensor }] of large.table.entries())
              for (const quantity of tensorQuantities) {
                const before = small.table[index]?.factors[quantity];
                const { terms, value } = factors[quantity];
                const growth = terms.reduce((product, term) => {
                  const then = before?.terms.find(({ scale }) => scale === term.scale)?.value ?? Number.NaN;
                  return product * Math.pow(term.value / then, term.exponent);
                }, 1);
                expect(value / (before?.value ?? Number.NaN), `${tensor.name} ${quantity}`).toBeCloseTo(growth, 12);
              }
            if (parametrization.initialDeviation === "unit") expect(plain(elsewhere).tensors).toEqual(plain(large).tensors);
          });

        test(`${model}, ${optimizer}: rows that the trainer contract accepts, wider and narrower, deeper and shallower than the base`, () => {
          for (const [width, depth] of [
            [8, 4],
            [256, 1],
          ] as const) {
            const { table, operations } = resolveExample({
              parametrization: written(definition.id),
              model,
              optimizer,
              scale: { ...at(width), depth: hasDepth(model) ? depth : 3, headDimension: 8 },
              base: at(16),
            });
            tensorRowSchema.array().parse(table.map(({ row }) => row));
            operationsSchema.parse(operations);
            expect(new Set(table.map(({ row }) => row.name)).size).toBe(table.length);
            // A trainer refuses two learning rates in one group.
            const rates = new Map<string, number>();
            for (const { row } of table) rates.set(row.group, row.learningRate);
            expect(table.filter(({ row }) => row.learningRate !== rates.get(row.group))).toEqual([]);
          }
        });
      }
  });
}

function at(width: number) {
  return { width, depth: 3, headDimension: 4, batchSizeTokens: 16, tokenHorizon: 160 };
}

const standards = new Map<string, string>();

/** What SP gives at the base scale, as text. */
function standardAtBase(model: string, optimizer: string): string {
  const key = `${model} ${optimizer}`;
  const text =
    standards.get(key) ?? canonicalJson(plain(resolveExample({ parametrization: "sp", model, optimizer, scale: at(16), base: at(16) })));
  standards.set(key, text);
  return text;
}

/** Models whose blocks are known, so that a depth rule has something to scale. */
function hasDepth(model: string): boolean {
  return model !== "custom" && model !== "mlp";
}

/** What a trainer is given. */
function plain({ table, operations }: ReturnType<typeof resolveExample>) {
  return { tensors: table.map(({ row }) => row), operations };
}

function defaultsOf(id: string) {
  const values = new Map(
    parametrizationDefinitions.find((definition) => definition.id === id)?.options.map((option) => [option.name, option.defaultValue]),
  );
  const word = (name: string) => values.get(name) ?? "";
  return { word, number: (name: string) => Number(word(name)) };
}

test("an unknown parametrization is an input error that lists the known ones", () => {
  expect(() => findParametrization("mupp")).toThrow(LadderError);
  expect(() => findParametrization("mupp")).toThrow(/sp, mup/);
});

test("an unknown optimizer is an input error that lists the known ones; GaLore is known, and has no rule", () => {
  expect(() => readOptimizer("adan")).toThrow(/sgd, adam, adamw/);
  expect(findOptimizer("galore").family).toBeNull();
  expect(() => readOptimizer("galore")).toThrow(/no rule: no width rule is published for GaLore; its values are swept, not transferred/);
});
