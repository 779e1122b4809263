import { z } from "zod";
import type { JsonValue } from "../analysis/study/content-hash.ts";

const jsonSchema: z.ZodType<JsonValue> = z.json();

/** A plain object as JSON has it: members that are undefined are absent, and nothing else is lost. Throws for functions. */
export function asJson(value: unknown): JsonValue {
  return jsonSchema.parse(JSON.parse(JSON.stringify(value)));
}
