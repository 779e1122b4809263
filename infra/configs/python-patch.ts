import { assertInvariant, LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import type { ConfigChange, PatchedConfig } from "./config-format.ts";
import { lineCounter, readPython, type PythonAssignment, type PythonModule } from "./python-assignments.ts";

const headerStart = "# --- written by ladder apply ---";
const headerEnd = "# --- end of ladder apply ---";

/** A value as Python is to read it: `integer` is never written with a point, `float` always. */
export interface PythonLiteral {
  readonly value: number | boolean;
  readonly kind: "integer" | "float" | "boolean";
}

/** The one safe assignment of each name. @throws LadderError `rejected` CONFIG_UNSUPPORTED when it is not the only one */
export function readSafeAssignments(text: string, names: readonly string[]): ReadonlyMap<string, PythonAssignment> {
  const module = readPython(text);
  refuse([...module.problems, ...names.flatMap((name) => describeUnsafe(module, name))]);
  return new Map(module.assignments.filter(({ name }) => names.includes(name)).map((assignment) => [assignment.name, assignment]));
}

/**
 * Replaces the value expressions of top-level assignments, adds assignments for names that are not there after the last
 * one, and puts a comment block at the top (after a `#!` or encoding line). Nothing else changes. A value that already
 * is what it is to be stays as it is written.
 *
 * @throws LadderError `rejected` CONFIG_UNSUPPORTED: a name assigned twice, in a block, in place, or together with others
 */
export function patchPython(text: string, values: ReadonlyMap<string, PythonLiteral>, header: string): PatchedConfig {
  const present = readSafeAssignments(text, [...values.keys()]);
  // An assignment may follow another one (lr_decay_iters = max_iters): it is replaced too when the patch would move it.
  const forced = new Set<string>();
  for (;;) {
    const patched = applyValues(text, values, present, header, forced);
    const now = new Map(readPython(patched.text).assignments.map(({ name, constant }) => [name, constant]));
    const moved = [...values].filter(([name, { value }]) => now.get(name) !== value).map(([name]) => name);
    if (moved.length === 0) return patched;
    assertInvariant(
      moved.some((name) => !forced.has(name)),
      "a patched config does not say what was written",
      { moved },
    );
    for (const name of moved) forced.add(name);
  }
}

function applyValues(
  text: string,
  values: ReadonlyMap<string, PythonLiteral>,
  present: ReadonlyMap<string, PythonAssignment>,
  header: string,
  forced: ReadonlySet<string>,
): PatchedConfig {
  const lineOf = lineCounter(text);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const changes: ConfigChange[] = [];
  const edits: { readonly from: number; readonly to: number; readonly insert: string }[] = [];
  const insertion = endOfLine(text, readPython(text).lastAssignmentEnd ?? text.length);
  const added: string[] = [];

  for (const [name, literal] of values) {
    const after = formatLiteral(name, literal);
    const existing = present.get(name);
    if (existing === undefined) {
      added.push(`${name} = ${after}`);
      changes.push({ key: name, before: null, after, line: lineOf(Math.max(0, insertion - 1)) });
    } else if (existing.constant !== literal.value || forced.has(name)) {
      edits.push({ from: existing.from, to: existing.to, insert: after });
      changes.push({ key: name, before: existing.value, after, line: existing.line });
    }
  }
  if (added.length > 0) {
    const opensLine = insertion === 0 || text[insertion - 1] === "\n";
    edits.push({ from: insertion, to: insertion, insert: `${opensLine ? "" : newline}${added.join(newline)}${newline}` });
  }
  const block = [headerStart, ...header.split(/\r?\n/).map((line) => (line === "" ? "#" : `# ${line}`)), headerEnd, ""].join(newline);
  edits.push({ ...findHeader(text), insert: block });

  const patched = edits
    .sort((left, right) => right.from - left.from || right.to - left.to)
    .reduce((current, { from, to, insert }) => current.slice(0, from) + insert + current.slice(to), text);
  return { text: patched, changes };
}

/** Where the header stands or is to stand: after a byte-order mark and the `#!` and encoding lines, which must stay first. */
function findHeader(text: string): { readonly from: number; readonly to: number } {
  let from = text.startsWith("\uFEFF") ? 1 : 0;
  if (text.startsWith("#!", from)) from = endOfLine(text, from);
  const line = text.slice(from, endOfLine(text, from));
  if (line.startsWith("#") && line.includes("coding:")) from = endOfLine(text, from);
  if (!text.startsWith(headerStart, from)) return { from, to: from };
  const end = text.indexOf(headerEnd, from);
  return { from, to: end === -1 ? from : endOfLine(text, end) };
}

/** Offset after the line feed that ends the line of an offset; the text's length when it has none. */
function endOfLine(text: string, offset: number): number {
  const feed = text.indexOf("\n", offset);
  return feed === -1 ? text.length : feed + 1;
}

function formatLiteral(name: string, { value, kind }: PythonLiteral): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (!Number.isFinite(value) || (kind === "integer" && !Number.isSafeInteger(value)))
    refuse([{ path: name, message: `${value} is not ${kind === "integer" ? "a whole number" : "a finite number"}`, value: String(value) }]);
  const digits = Object.is(value, -0) ? "0" : String(value);
  return kind === "float" && Number.isInteger(value) && !digits.includes("e") ? `${digits}.0` : digits;
}

function describeUnsafe(module: PythonModule, name: string): readonly Problem[] {
  const own = module.assignments.filter((assignment) => assignment.name === name);
  const last = own.at(-1)?.line ?? module.assignments.at(-1)?.line ?? 0;
  const others = module.otherBindings.filter((binding) => binding.name === name || (binding.name === "*" && binding.line > last));
  const twice =
    own.length > 1
      ? own.slice(1).map(({ line }) => ({
          path: `line ${line}`,
          message: `${name} is assigned again here (first on line ${own[0]?.line ?? 0})`,
          fix: "assign it once",
        }))
      : [];
  return [
    ...twice,
    ...others.map(({ line, how }) => ({
      path: `line ${line}`,
      message: `${name} is ${how} here`,
      fix: `assign ${name} once, on a line of its own`,
    })),
  ];
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first !== undefined)
    throw new LadderError(
      "rejected",
      "CONFIG_UNSUPPORTED",
      `this config cannot be read or changed safely: ${problems.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
      { problems },
    );
}
