import { Command, CommanderError } from "commander";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { Settings } from "../operations/session.ts";
import { type CommandExample, commandGroups, type LadderCommand } from "./command.ts";
import { commandLoaders, loadCommands } from "./commands/index.ts";
import { type ExitCode, exitCodeMeanings, exitCodeOfError, exitCodes } from "./exit-codes.ts";
import { interruptedExitCode } from "./interruption.ts";
import { addSharedOptions } from "./options.ts";
import { Output, type OutputFormat, outputFormats, type OutputStreams } from "./output.ts";
import { errorDocument, hang, renderError } from "./render-error.ts";

/** What the process gives the command line. */
export interface CommandLineHost {
  readonly streams: OutputStreams;
  /** Read when a command runs, so that help and usage errors need no environment. */
  readonly readSettings: () => Settings;
  readonly interrupted: AbortSignal;
  readonly version: string;
}

/**
 * Runs one command line to its end.
 *
 * @param argv what follows `ladder`
 * @returns the exit code; never throws: every error is printed to standard error first
 */
export async function runCommandLine(
  argv: readonly string[],
  host: CommandLineHost,
  load: (verb: string | undefined, below?: string) => Promise<readonly LadderCommand[]> = loadCommands,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv.length === 0 ? ["--help"] : argv;
  let commands: readonly LadderCommand[] = [];
  try {
    // The version needs no command; loading all of them takes longer than most commands do.
    commands = words[0] === "--version" ? [] : await load(words[0], words[1]);
    const program = buildProgram(host, commands, async (command, args, options) => {
      exitCode = await runCommand(command, args, options, host);
    });
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    // A verb that has verbs below it was typed alone: commander has shown them.
    if (error instanceof CommanderError && error.code === "commander.help") return exitCodes.input;
    if (isInterruption(error, host.interrupted)) {
      host.streams.writeError("interrupted\n");
      return interruptedExitCode(host.interrupted);
    }
    const shown = error instanceof CommanderError ? usageError(error, typedPath(argv, commands)) : error;
    const output = new Output(host.streams, formatOfArguments(argv));
    output.note(
      output.format === "json" || output.format === "jsonl"
        ? JSON.stringify(errorDocument(shown))
        : renderError(shown, output.colors, output.columns),
    );
    return exitCodeOfError(shown);
  }
}

type Dispatch = (command: LadderCommand, args: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<void>;

/** The commander program: every command with the shared options, examples and groups. */
export function buildProgram(
  host: Pick<CommandLineHost, "streams" | "version">,
  commands: readonly LadderCommand[],
  dispatch: Dispatch,
): Command {
  const { streams } = host;
  const width = Math.max(40, Math.min(streams.columns, 100));
  const program = new Command("ladder");
  program.exitOverride();
  program.configureOutput({
    writeOut: streams.writeOut,
    writeErr: streams.writeError,
    outputError: () => undefined,
    getOutHelpWidth: () => width,
    getErrHelpWidth: () => width,
    getOutHasColors: () => streams.color,
    getErrHasColors: () => streams.color,
  });
  program.description(
    "Tune small models, and get the hyperparameters of a model too large to tune.\nResults go to standard output, everything else to standard error.",
  );
  program.usage("VERB [arguments] [options]");
  program.version(host.version, "--version", "print the version");
  program.helpOption("-h, --help", "show help");
  program.helpCommand(false);
  // What follows a verb belongs to it, also where it and a verb below it have an option of the same name.
  program.enablePositionalOptions();
  program.configureHelp({
    subcommandTerm: (command) =>
      [
        command.name(),
        ...command.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`)),
      ].join(" "),
  });
  program.showSuggestionAfterError(true);
  for (const group of commandGroups) {
    for (const command of commands.filter((candidate) => candidate.group === group)) addCommand(program, command, dispatch, `${group}:`);
  }
  program.addHelpText(
    "after",
    `\nExit codes:\n${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join("\n")}\n\nStart here:\n  ladder init\n  ladder plan study.yaml\n  ladder submit study.yaml --watch`,
  );
  return program;
}

function addCommand(program: Command, command: LadderCommand, dispatch: Dispatch, heading: string): void {
  const subcommand = program.command(command.name);
  if (command.aliases !== undefined) subcommand.aliases(command.aliases);
  subcommand.helpGroup(heading);
  subcommand.summary(command.summary);
  subcommand.description(
    command.description === undefined
      ? `${capitalised(command.summary)}.`
      : `${capitalised(command.summary)}.\n\n${joinLines(command.description)}`,
  );
  command.configure(subcommand);
  if (command.actsAlone === true) subcommand.enablePositionalOptions();
  for (const below of command.subcommands ?? []) addCommand(subcommand, below, dispatch, "Verbs:");
  const acts = command.subcommands === undefined || command.actsAlone === true;
  if (acts) addSharedOptions(subcommand);
  else subcommand.helpCommand(false).usage("VERB [arguments] [options]");
  subcommand.helpOption("-h, --help", "show help");
  subcommand.addHelpText(
    "after",
    () =>
      `\nExamples:\n${command.examples.map((example) => exampleText(example, subcommand.configureOutput().getOutHelpWidth?.() ?? 80)).join("\n")}`,
  );
  if (!acts) return;
  subcommand.action(async (...received: unknown[]) => {
    const declared = subcommand.registeredArguments.length;
    const args = received
      .slice(0, declared)
      .flatMap((argument) => (Array.isArray(argument) ? argument.map(String) : [typeof argument === "string" ? argument : ""]));
    await dispatch(command, args, subcommand.opts());
  });
}

async function runCommand(
  command: LadderCommand,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  host: CommandLineHost,
): Promise<ExitCode> {
  const format = formatOfOptions(options);
  const streams = options["color"] === false ? { ...host.streams, color: false } : host.streams;
  const output = new Output(streams, format);
  const context = { output, settings: host.readSettings(), interrupted: host.interrupted };
  const ended = command.run(context, args, options);
  if (command.endsItself === true) return ended;
  return Promise.race([ended, exitWhenInterrupted(host.interrupted)]);
}

function exitWhenInterrupted(interrupted: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    const answer = (): void => {
      resolve(interruptedExitCode(interrupted));
    };
    if (interrupted.aborted) answer();
    else interrupted.addEventListener("abort", answer, { once: true });
  });
}

/** True for what a step throws because the user asked to stop: the signal's own reason, or an AbortError of Node. */
function isInterruption(error: unknown, interrupted: AbortSignal): boolean {
  return interrupted.aborted && (error === interrupted.reason || (error instanceof Error && error.name === "AbortError"));
}

function formatOfOptions(options: Readonly<Record<string, unknown>>): OutputFormat {
  if (options["json"] === true) return "json";
  return outputFormats.find((format) => format === options["format"]) ?? "table";
}

/** The format asked for on a command line that could not be parsed, so that its error has the right form. */
function formatOfArguments(argv: readonly string[]): OutputFormat {
  const flag = argv.findIndex((argument) => argument === "-o" || argument === "--format");
  const afterFlag = flag < 0 ? undefined : argv[flag + 1];
  const joined = argv.map((argument) => /^(?:-o|--format=)(.+)$/.exec(argument)?.[1]).find((format) => format !== undefined);
  if (argv.includes("--json")) return "json";
  return outputFormats.find((format) => format === afterFlag || format === joined) ?? "table";
}

/** A line to type, broken as a shell reads it where it is too long, and below it what it does. */
function exampleText([line, meaning]: CommandExample, width: number): string {
  const broken = line.split(/ (?=--)/).reduce<readonly string[]>((lines, part) => {
    const last = lines.at(-1);
    return last !== undefined && last.length + part.length + 5 <= width ? [...lines.slice(0, -1), `${last} ${part}`] : [...lines, part];
  }, []);
  return [broken.map((part, index) => (index === 0 ? `  ${part}` : `    ${part}`)).join(" \\\n"), hang("      ", meaning, width)].join(
    "\n",
  );
}

/** The verbs that were typed, as far as they are known: `["parametrization", "table"]`. */
function typedPath(argv: readonly string[], commands: readonly LadderCommand[]): readonly string[] {
  const [word] = argv;
  const verb = Object.keys(commandLoaders).find((name) => name === word);
  if (verb === undefined) return [];
  const below = commands.find(({ name }) => name === verb)?.subcommands?.find(({ name }) => name === argv[1]);
  return below === undefined ? [verb] : [verb, below.name];
}

function usageError(error: CommanderError, path: readonly string[]): LadderError {
  const [message = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = rest
    .join(" ")
    .replace(/^\((.*)\)$/, "$1")
    .trim();
  const help = ["ladder", ...path, "--help"].join(" ");
  return new LadderError("input", "USAGE", message, { hint: suggestion === "" ? `see ${help}` : `${suggestion} See ${help}` });
}

/** Line breaks of the source are spaces, as in Markdown; the terminal's width breaks lines. Blank lines part paragraphs. */
function joinLines(text: string): string {
  return text.replace(/([^\n])\n(?=[^\n ])/g, "$1 ");
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
