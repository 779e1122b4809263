import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { LadderError } from "./ladder-error.ts";

/** A value that JSON can hold without loss. Members that are `undefined` are absent, as in JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * Canonical JSON: keys sorted by code unit, no white space, numbers as ECMAScript prints them (shortest round trip),
 * `-0` as `0`. Two values have the same text exactly when they are the same content.
 *
 * @throws LadderError `defect` NOT_JSON for NaN and infinities: identity may not lose a value silently.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value))
      throw new LadderError("defect", "NOT_JSON", `${String(value)} has no JSON form, so it cannot be part of an identity`);
    return JSON.stringify(value === 0 ? 0 : value);
  }
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let members = "";
  // The default order of strings is that of their code units.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** SHA-256 of the canonical JSON of a value, as 64 lower-case hexadecimal digits. */
export function contentHash(value: JsonValue): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
