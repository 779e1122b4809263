import { findStrategy } from "../../analysis/search/index.ts";
import { findVariant } from "../../analysis/study/find-variant.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { type PartialScale, type ScaleAxis, scaleAxes } from "../../analysis/study/scale.ts";
import type { HyperparameterAxis } from "../../analysis/study/study-spec.ts";
import { findArchitecture } from "../../analysis/parametrizations/architectures/index.ts";
import type { Parametrization } from "../../analysis/parametrizations/contract.ts";
import { pairWithBase } from "../../analysis/parametrizations/growth.ts";
import { findParametrization } from "../../analysis/parametrizations/index.ts";
import { isRecord, type PartialSpec, type WrittenScales } from "./partial-spec.ts";
import type { FieldProblem } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** What is wrong with the scales, base and target, as far as they can be read. */
export function checkScales(spec: PartialSpec, scales: WrittenScales, raw: unknown): readonly FieldProblem[] {
  return [
    ...checkRequiredAxes(spec, raw),
    ...scaleAxes.flatMap((axis) => findDuplicates(valuesOf(scales, axis), ["scales", axis])),
    ...checkBase(spec, scales),
    ...checkHorizon(scales),
    ...checkSize(spec, scales),
    ...(countScales(scales) <= mostRuns ? checkBuildable(spec, scales) : []),
    ...checkRules(spec, scales),
  ];
}

/** Entries of a list that stand in it twice. */
export function findDuplicates(values: readonly (number | string)[], path: FieldPath): readonly FieldProblem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [
          {
            path: [...path, index],
            message: "stands here twice",
            value: JSON.stringify(value),
            fix: "remove one: the runs would be the same",
          },
        ]
      : [],
  );
}

/** More than this is a slip of the keyboard, and would take minutes to plan. */
const mostRuns = 100_000;

function countScales(scales: WrittenScales): number {
  return scaleAxes.reduce((product, axis) => product * (scales[axis]?.length ?? 1), 1);
}

function checkSize({ space, parametrizations: listed, seeds, strategy }: PartialSpec, scales: WrittenScales): readonly FieldProblem[] {
  if (findStrategy(strategy?.name ?? "grid")?.asksWhileRunning === true) return [];
  const assignments = Object.values(space ?? {}).reduce((product, axis) => product * countValues(axis), 1);
  const runs = countScales(scales) * assignments * (listed?.length ?? 1) * (seeds?.length ?? 1);
  if (runs <= mostRuns) return [];
  return [{ path: ["space"], message: `gives ${runs} runs with these scales and seeds; at most ${mostRuns}`, fix: "use fewer values" }];
}

function countValues(axis: HyperparameterAxis): number {
  // A strategy that searches says itself how many runs it takes.
  if (!("values" in axis) && !("log2" in axis)) return 1;
  return "values" in axis ? axis.values.length : Math.floor((axis.log2.to - axis.log2.from) / axis.log2.step + 1e-9) + 1;
}

function checkRequiredAxes({ model }: PartialSpec, raw: unknown): readonly FieldProblem[] {
  const given = isRecord(raw) ? raw["scales"] : undefined;
  if (model === undefined || !isRecord(given)) return [];
  // The others have no default, so the schema asks for them.
  const withDefault: readonly ScaleAxis[] = ["depth", "headDimension"];
  return findArchitecture(model.architecture)
    .requiredAxes.filter((axis) => withDefault.includes(axis) && given[axis] === undefined)
    .map((axis) => ({
      path: ["scales", axis],
      message: `is missing: ${model.architecture} needs it`,
      fix: "write a whole number, or a list to sweep it",
    }));
}

function checkBase({ base }: PartialSpec, scales: WrittenScales): readonly FieldProblem[] {
  if (base === undefined) return [];
  const problems: FieldProblem[] = [];
  const widths = valuesOf(scales, "width");
  const odd = widths.filter((width) => width % base.width !== 0 && base.width % width !== 0);
  if (odd.length > 0 && !widths.includes(base.width))
    problems.push({
      path: ["base", "width"],
      message: `is not in scales.width, and ${odd.join(", ")} ${odd.length === 1 ? "is no multiple" : "are no multiples"} of it`,
      value: String(base.width),
      fix: `use one of the widths, for example ${Math.min(...widths)}`,
    });
  const heads = valuesOf(scales, "headDimension");
  if (base.headDimension === undefined && heads.length > 1)
    problems.push({
      path: ["base", "headDimension"],
      message: "is missing, and scales.headDimension has several values: which is the base?",
      fix: `write ${Math.min(...heads)}`,
    });
  return problems;
}

function checkHorizon(scales: WrittenScales): readonly FieldProblem[] {
  return (scales.tokenHorizon ?? []).flatMap(({ value, path }) =>
    valuesOf(scales, "batchSizeTokens")
      .filter((batch) => value % batch !== 0)
      .map((batch) => ({
        path,
        message: `is not a multiple of batchSizeTokens ${batch}`,
        value: String(value),
        fix: `use ${Math.max(1, Math.round(value / batch)) * batch}`,
      })),
  );
}

function checkBuildable({ model, base, target, strategy }: PartialSpec, scales: WrittenScales): readonly FieldProblem[] {
  if (model === undefined) return [];
  const architecture = findArchitecture(model.architecture);
  const largest = largestScale(scales);
  const candidates: { readonly scale: PartialScale; readonly pathOf: (axis: ScaleAxis) => FieldPath }[] = [...crossScales(scales)];
  const overlays: readonly { readonly axes: PartialScale | undefined; readonly path: FieldPath }[] = [
    { axes: base, path: ["base"] },
    { axes: target, path: ["target"] },
    ...(strategy?.trials ?? []).map((trial, index) => ({ axes: trial.scale, path: ["strategy", "trials", index, "scale"] })),
  ];
  for (const { axes, path } of overlays)
    if (axes !== undefined && Object.keys(axes).length > 0)
      candidates.push({
        scale: { ...largest, ...axes },
        pathOf: (axis) => (axes[axis] === undefined ? (scales[axis]?.[0]?.path ?? path) : [...path, axis]),
      });

  const found = new Map<string, FieldProblem>();
  for (const { scale, pathOf } of candidates)
    for (const { axis, message, fix } of architecture.checkScale(model, scale)) {
      const problem = { path: pathOf(axis), message, value: String(scale[axis]), fix };
      found.set(JSON.stringify([problem.path, message]), problem);
    }
  return [...found.values()];
}

/** What the rules refuse (analysis/parametrizations/growth.ts), for models whose tensors the user listed. */
function checkRules({ model, base, target, ...spec }: PartialSpec, scales: WrittenScales): readonly FieldProblem[] {
  if (model?.architecture !== "custom" || base === undefined) return [];
  const architecture = findArchitecture(model.architecture);
  const widths = [...valuesOf(scales, "width"), ...(target?.width === undefined ? [] : [target.width])];
  if ([base.width, ...widths].some((width) => architecture.checkScale(model, { width }).length > 0)) return [];
  const scaleOf = (width: number) => ({ width, depth: 1, headDimension: 1, batchSizeTokens: 1, tokenHorizon: 1 });
  const problems = new Map<string, FieldProblem>();
  const ruleSets = spec.parametrizations?.map((name) => findVariant(spec.variants ?? {}, name)?.parametrization ?? name) ?? [];
  for (const parametrization of ruleSets.flatMap(knownParametrization))
    for (const width of widths)
      try {
        pairWithBase({
          parametrization,
          tensors: architecture.tensors({ architecture: "custom" }, scaleOf(width), model),
          baseTensors: architecture.tensors({ architecture: "custom" }, scaleOf(base.width), model),
          scale: scaleOf(width),
          base: scaleOf(base.width),
        });
      } catch (error) {
        if (!(error instanceof LadderError)) throw error;
        if (!problems.has(error.code))
          problems.set(error.code, {
            path: ["model", "tensors"],
            message: error.message,
            ...(error.hint === undefined ? {} : { fix: error.hint }),
          });
      }
  return [...problems.values()];
}

/** None for a name that another check has refused already. */
function knownParametrization(id: string): readonly Parametrization[] {
  try {
    return [findParametrization(id)];
  } catch (error) {
    if (error instanceof LadderError) return [];
    throw error;
  }
}

function valuesOf(scales: WrittenScales, axis: ScaleAxis): readonly number[] {
  return (scales[axis] ?? []).map(({ value }) => value);
}

function largestScale(scales: WrittenScales): PartialScale {
  return Object.fromEntries(scaleAxes.flatMap((axis) => (scales[axis] === undefined ? [] : [[axis, Math.max(...valuesOf(scales, axis))]])));
}

function crossScales(scales: WrittenScales): readonly { readonly scale: PartialScale; readonly pathOf: (axis: ScaleAxis) => FieldPath }[] {
  const none: readonly { readonly scale: PartialScale; readonly paths: Readonly<Partial<Record<ScaleAxis, FieldPath>>> }[] = [
    { scale: {}, paths: {} },
  ];
  return scaleAxes
    .reduce((crossed, axis) => {
      const written = scales[axis];
      return written === undefined
        ? crossed
        : crossed.flatMap(({ scale, paths }) =>
            written.map(({ value, path }) => ({ scale: { ...scale, [axis]: value }, paths: { ...paths, [axis]: path } })),
          );
    }, none)
    .map(({ scale, paths }) => ({ scale, pathOf: (axis) => paths[axis] ?? ["scales", axis] }));
}
