import { Help } from "commander";
import type { Colors } from "picocolors/types.js";
import { LadderError, type Problem } from "../analysis/study/ladder-error.ts";

const help = new Help();

/** An error as people read it: what, then each problem with its field, value and fix, then what to do. */
export function renderError(error: unknown, colors: Colors, columns: number): string {
  const width = Math.min(columns, 100);
  if (!(error instanceof LadderError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${colors.red("defect:")} Ladder broke in a way that it did not foresee. Nothing that was finished is lost.\n${stack}\n`;
  }
  const lines = [hang(error.kind === "defect" ? "defect: " : "error: ", error.message, width, { paint: colors.red })];
  for (const problem of error.problems) lines.push(renderProblem(problem, width));
  if (error.hint !== undefined) lines.push(hang("hint: ", error.hint, width, { paint: colors.cyan }));
  if (error.kind === "defect" && error.stack !== undefined) lines.push(error.stack);
  return `${lines.join("\n")}\n`;
}

/** The same for programs: one JSON object with one member `error`. */
export function errorDocument(error: unknown): unknown {
  if (error instanceof LadderError) {
    const { kind, code, message, problems, fields, hint } = error;
    return {
      error: {
        kind,
        code,
        message,
        ...(problems.length > 0 ? { problems } : {}),
        ...(Object.keys(fields).length > 0 ? { fields } : {}),
        ...(hint === undefined ? {} : { hint }),
      },
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    error: {
      kind: "defect",
      code: "UNEXPECTED",
      message,
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
    },
  };
}

function renderProblem(problem: Problem, width: number): string {
  const lines = [hang(`  ${problem.path}: `, problem.message, width, { indent: "      " })];
  if (problem.value !== undefined) lines.push(hang("      found: ", problem.value, width));
  if (problem.fix !== undefined) lines.push(hang("      fix:   ", problem.fix, width));
  return lines.join("\n");
}

interface HangOptions {
  /** Colours the label. */
  readonly paint?: (label: string) => string;
  /** What later lines begin with; as many spaces as the label has characters when left out. */
  readonly indent?: string;
}

/** Wraps a text behind a label, with later lines below it. */
export function hang(label: string, text: string, width: number, { paint, indent = " ".repeat(label.length) }: HangOptions = {}): string {
  const [first = "", ...rest] = text.split("\n");
  const wrapped = wrapWords(first, Math.max(20, width - Math.max(label.length, indent.length)));
  const [head = "", ...tail] = [...wrapped, ...rest.flatMap((line) => wrapWords(line, Math.max(20, width - indent.length)))];
  return [`${paint === undefined ? label : paint(label)}${head}`, ...tail.map((line) => `${indent}${line}`)].join("\n");
}

/** Breaks a line between words; white space at its start is kept. */
export function wrapWords(line: string, width: number): readonly string[] {
  return help.boxWrap(line, width).split("\n");
}
