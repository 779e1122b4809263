import { contentHash, type JsonObject, type JsonValue } from "./content-hash.ts";
import type { TrainerRun } from "./trainer-contract.ts";

/** Who trains: a declared version and the digest of the program's files, never where they lie. */
export interface TrainerIdentity {
  readonly version: string;
  /** SHA-256 over the program's files, hexadecimal. */
  readonly programDigest: string;
}

/** Everything about a run but who it is and where it lies. */
export type ResolvedRun = Omit<TrainerRun, "runKey" | "attempt" | "checkpoint" | "resumeFrom">;

/** What a run key is the hash of. Kept in Postgres beside the key, so that any difference can be shown field by field. */
export type RunIdentity = JsonObject;

/**
 * The identity of a run: what the trainer is given and who trains. Paths, hosts, executors, studies, attempts and names
 * of parametrizations are not in it: SP and muP at the base width are one run.
 */
export function runIdentity(run: ResolvedRun, trainer: TrainerIdentity): RunIdentity {
  const { data, parents, ...rest } = run;
  return {
    ...rest,
    data: { ...data, ...("path" in data ? { path: undefined } : {}) },
    parents: parents.map((parent) => ({ relation: parent.relation, runKey: parent.runKey })),
    trainer: { version: trainer.version, programDigest: trainer.programDigest },
  };
}

/** The run key: the first 32 hexadecimal digits (128 bits) of the content hash of the identity. */
export function runKey(identity: RunIdentity): string {
  return contentHash(identity).slice(0, 32);
}

/** Paths of the leaves in which two identities differ, for example `tensors[3].learningRate`; in the order of the first. */
export function differingFields(left: JsonValue, right: JsonValue, path = ""): readonly string[] {
  if (left === right) return [];
  if (isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    const leftEntries = new Map(Object.entries(left));
    const rightEntries = new Map(Object.entries(right));
    const keys = [...new Set([...leftEntries.keys(), ...rightEntries.keys()])];
    return keys.flatMap((key) => {
      const childPath = Array.isArray(left) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      const leftChild = leftEntries.get(key);
      const rightChild = rightEntries.get(key);
      if (leftChild === undefined && rightChild === undefined) return [];
      if (leftChild === undefined || rightChild === undefined) return [childPath];
      return differingFields(leftChild, rightChild, childPath);
    });
  }
  return [path];
}

function isContainer(value: JsonValue): value is readonly JsonValue[] | JsonObject {
  return typeof value === "object" && value !== null;
}
