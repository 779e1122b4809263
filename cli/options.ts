import { type Command, Option } from "commander";
import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { outputFormats } from "./output.ts";

/** Adds the options that every command has. */
export function addSharedOptions(command: Command): void {
  command.addOption(new Option("-o, --format <format>", "how to print").choices(outputFormats));
  command.option("--json", "the same as --format json");
  command.option("--no-color", "no colours (also NO_COLOR=1)");
}

export const yesOption = (): Option => new Option("-y, --yes", "do it without asking");
export const reasonOption = (): Option => new Option("--reason <text>", "why; kept with the study");
export const limitOption = (): Option => new Option("--limit <n>", "print at most n rows");

/** A whole number from 1 on, as typed on the command line. */
export const countOption = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "must be a whole number from 1 on")
  .transform(Number);

/** A number of seconds above 0, as typed. */
export const secondsOption = z
  .string()
  .regex(/^\d+(\.\d+)?s?$/, "must be a number of seconds, for example 90")
  .transform((text) => Number.parseFloat(text));

/** A finite number, as typed; `2^-7` is a power of two. */
export const numberOption = z.string().transform((text, context) => {
  const value = parseNumber(text);
  if (value === undefined) {
    context.addIssue({ code: "custom", message: "must be a number, for example 0.0078125 or 2^-7" });
    return z.NEVER;
  }
  return value;
});

/** Whole numbers from 0 on with commas between, as typed: `1,2,3`. */
export const seedsOption = z
  .string()
  .regex(/^\d+(,\d+)*$/, "must be whole numbers with commas between, for example 1,2")
  .transform((text) => text.split(",").map(Number));

/** Reads a number, also as a power of two (`2^-7`); undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  const power = /^2\^(-?\d+)$/.exec(text.trim());
  const value = power?.[1] === undefined ? Number(text) : 2 ** Number(power[1]);
  return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
}

/**
 * The options of a command, checked and typed.
 *
 * @param schema a zod object over commander's names (`--log-file` is `logFile`)
 * @throws LadderError input USAGE with every wrong option, its value and what it must be
 */
export function parseOptions<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  options: Readonly<Record<string, unknown>>,
): z.infer<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new LadderError("input", "USAGE", "the command line is wrong", {
    problems: parsed.error.issues.map((issue) => {
      const key = String(issue.path[0] ?? "");
      const value = options[key];
      return {
        path: `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        message: issue.message,
        ...(value === undefined ? {} : { value: JSON.stringify(value) }),
      };
    }),
  });
}
