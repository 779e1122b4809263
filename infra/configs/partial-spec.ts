import { z } from "zod";
import { type ScaleAxis, scaleAxes, scaleSchema } from "../../analysis/study/scale.ts";
import { type StudySpec, studySpecSchema } from "../../analysis/study/study-spec.ts";
import type { FieldPath } from "./yaml-document.ts";

/** Those sections of a study that are well formed by themselves, so that a mistake in one does not hide those in another. */
export type PartialSpec = { readonly [Section in keyof StudySpec]?: StudySpec[Section] | undefined };

/** The well-formed values of `scales`, each with the place where it is written. */
export type WrittenScales = { readonly [Axis in ScaleAxis]?: readonly { readonly value: number; readonly path: FieldPath }[] };

/** Reads every section on its own; sections that are wrong or missing are absent. */
export function readSections(value: unknown): PartialSpec {
  return studySpecSchema.partial().parse(keepValid(studySpecSchema.shape, isRecord(value) ? value : {}));
}

/** Reads every value of `scales` on its own; values that are wrong or missing are absent. */
export function readScales(value: unknown): WrittenScales {
  const source = isRecord(value) && isRecord(value["scales"]) ? value["scales"] : {};
  return Object.fromEntries(
    scaleAxes.flatMap((axis) => {
      const written = source[axis];
      const path = ["scales", axis];
      const entries = Array.isArray(written)
        ? written.map((entry: unknown, index) => ({ entry, path: [...path, index] }))
        : [{ entry: written, path }];
      const legal = entries.flatMap(({ entry, path: place }) => {
        const parsed = scaleSchema.shape[axis].safeParse(entry);
        return parsed.success ? [{ value: parsed.data, path: place }] : [];
      });
      return legal.length === 0 ? [] : [[axis, legal]];
    }),
  );
}

function keepValid(shape: Readonly<Record<string, z.core.$ZodType>>, source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([key, schema]) =>
      source[key] !== undefined && z.safeParse(schema, source[key]).success ? [[key, source[key]]] : [],
    ),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
