import type { Command } from "commander";
import type { Settings } from "../operations/session.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

/** Headings of `ladder --help`, in the order in which they are printed. */
export const commandGroups = ["Stack", "Studies", "Analysis", "Results"] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** What a command works with. It prints through `output` only. */
export interface CommandContext {
  readonly output: Output;
  readonly settings: Settings;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** One example of `--help`: the line to type and what it does. */
export type CommandExample = readonly [line: string, meaning: string];

/**
 * A verb of the command line: one file in `cli/commands/`, one line in `cli/commands/index.ts`. `-o/--format`, `--json`
 * and `--no-color` are added to every command by `cli/program.ts`.
 */
export interface LadderCommand {
  readonly name: string;
  /** Other names of the verb, for example `status STUDY` for `show`. */
  readonly aliases?: readonly string[];
  readonly group: CommandGroup;
  /** One line, lower case, no full stop. */
  readonly summary: string;
  /** Paragraphs below the summary in `ladder VERB --help`, parted by blank lines; the terminal breaks the lines. */
  readonly description?: string;
  /** At least one. */
  readonly examples: readonly CommandExample[];
  /**
   * True when the command watches `context.interrupted` and ends by itself. All others are ended by Ctrl-C at once, with
   * exit code 130.
   */
  readonly endsItself?: boolean;
  /** Verbs below this one, `ladder VERB SUBVERB`; unless `actsAlone`, it then has no arguments and no action of its own, and shows its help. */
  readonly subcommands?: readonly LadderCommand[];
  /** It has verbs below it, and still does something without one. */
  readonly actsAlone?: true;
  /** Declares arguments and options. */
  configure(command: Command): void;
  /**
   * @param args the declared arguments in order; an optional one that was left out is "", a variadic one is joined in.
   * @param options commander's option values; parse them with `parseOptions` (cli/options.ts)
   */
  run(context: CommandContext, args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode>;
}
