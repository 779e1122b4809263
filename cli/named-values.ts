import { z } from "zod";
import { parseNumber } from "./options.ts";

/** For commander: an option that may be repeated. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `--at U=1e10,k=2`, also repeated: numbers by name, each once. */
export const namedValuesOption = z
  .array(z.string())
  .default([])
  .transform((texts, context) => {
    const values: Record<string, number> = {};
    for (const pair of texts.flatMap((text) => text.split(","))) {
      const [, name, written] = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(\S+)\s*$/.exec(pair) ?? [];
      const value = written === undefined ? undefined : parseNumber(written);
      if (name === undefined || value === undefined || name in values) {
        context.addIssue({ code: "custom", message: "must be NAME=NUMBER with commas between, each name once, for example U=1e10" });
        return z.NEVER;
      }
      values[name] = value;
    }
    return values;
  });
