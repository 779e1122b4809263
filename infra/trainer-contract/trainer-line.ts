import { looseNumberSchema, trainerEventSchema, type TrainerEvent } from "../../analysis/study/trainer-contract.ts";

/** One value of one metric at one step, as read from a trainer's line. `value` may be NaN or infinite. */
export interface MetricPoint {
  /** `loss`, `heldOut/loss`, `lr/<group>`, `param/<name>/rms`, …; slashes group names. */
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Training tokens seen when the point was taken, if the line says so. */
  readonly tokens?: number;
}

/** What one line means. A `metric` line with a `problem` still gives its readable points: nothing that was paid for is dropped. */
export type TrainerLine =
  | { readonly kind: "metric"; readonly step: number; readonly points: readonly MetricPoint[]; readonly problem?: string }
  | { readonly kind: "event"; readonly event: TrainerEvent }
  | { readonly kind: "bad"; readonly problem: string }
  | { readonly kind: "blank" };

/** Members of a metric line that describe it and are not metrics. */
const descriptions: ReadonlySet<string> = new Set(["step", "tokens", "t", "kind"]);

/**
 * Reads one line of a trainer's output (without its newline). Never throws: whatever is wrong comes back as `problem`.
 *
 * Numbers may be JSON numbers, numeric strings, `"NaN"`, `"Infinity"`, and the bare `NaN` / `Infinity` that Python's
 * `json.dumps` writes. `t` (a time stamp) and `kind` are accepted and not stored.
 */
export function parseTrainerLine(text: string): TrainerLine {
  if (text.trim() === "") return { kind: "blank" };
  const value = parseJsonWithBareNumbers(text);
  if (value === undefined) return { kind: "bad", problem: "not a JSON object" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "bad", problem: "a line must be a JSON object" };
  return "event" in value ? parseEvent(value) : parseMetrics(value);
}

function parseEvent(value: object): TrainerLine {
  const parsed = trainerEventSchema.safeParse(value);
  if (parsed.success) return { kind: "event", event: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: "bad", problem: `event line: ${issue === undefined ? "invalid" : `${issue.path.join(".")}: ${issue.message}`}` };
}

function parseMetrics(value: object): TrainerLine {
  const members = new Map<string, unknown>(Object.entries(value));
  const step = readNumber(members.get("step"));
  if (step === undefined) return { kind: "bad", problem: "neither `event` nor a numeric `step`" };
  if (!Number.isSafeInteger(step) || step < 0) return { kind: "bad", problem: `step ${String(step)} is not a whole number >= 0` };
  const problems: string[] = [];
  const tokens = members.has("tokens") ? readNumber(members.get("tokens")) : undefined;
  const tokensAreCount = tokens !== undefined && Number.isFinite(tokens) && tokens >= 0;
  if (members.has("tokens") && !tokensAreCount) problems.push("`tokens` is not a number >= 0");
  const points: MetricPoint[] = [];
  for (const [name, member] of members) {
    if (descriptions.has(name)) continue;
    const number = readNumber(member);
    if (name === "") problems.push("a metric without a name");
    else if (number === undefined) problems.push(`\`${name}\` is not a number`);
    else points.push({ name, step, value: number, ...(tokensAreCount ? { tokens } : {}) });
  }
  return { kind: "metric", step, points, ...(problems.length > 0 ? { problem: problems.join("; ") } : {}) };
}

function readNumber(value: unknown): number | undefined {
  const parsed = looseNumberSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Strings first, so that a NaN inside a string stays text. */
const stringOrBareNumber = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

function parseJsonWithBareNumbers(text: string): unknown {
  return parseJson(text) ?? parseJson(text.replace(stringOrBareNumber, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
