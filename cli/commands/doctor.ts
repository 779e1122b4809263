import type { Command } from "commander";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { Diagnosis } from "../../operations/stack/diagnose.ts";
import type { TrainerReport } from "../../operations/stack/try-trainer.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { interruptedExitCode } from "../interruption.ts";
import { lossText } from "../number-text.ts";
import { parseOptions, secondsOption } from "../options.ts";
import type { Output } from "../output.ts";
import { hang } from "../render-error.ts";

const optionsSchema = z.object({ trainer: z.boolean().optional(), study: z.string().optional(), timeout: secondsOption.optional() });

export const doctorCommand: LadderCommand = {
  name: "doctor",
  group: "Stack",
  summary: "check what a stack needs, or try a trainer for twenty steps",
  description: `Looks at Node, the machine, the build, the folder, the disk, ports, Postgres,
Temporal and left-over processes, and says of what is wrong how to mend it.
Nothing is started or fetched.

With --trainer it runs a command as a sweep would, for twenty steps in a
temporary folder, and shows every point that was read, every line that could
not be, and whether the learning rates and tensor sizes that it logged are those
that were resolved. The run is the smallest of --study beside its base width, or
a small transformer on the text that comes with Ladder. Put -- before a command
with options of its own.

Exit code 0: all is well (warnings included); 5: something has to be mended.`,
  examples: [
    ["ladder doctor", "check this machine and folder"],
    ["ladder doctor --trainer python train.py", "twenty steps of your own trainer"],
    ["ladder doctor --study study.yaml --trainer", "the same with the trainer and the model of a study"],
    ["ladder doctor --trainer -- python train.py --fast", "a command with options"],
  ],
  endsItself: true,
  configure(command: Command): void {
    command.argument("[command...]", "with --trainer: the program and its arguments");
    command.option("--trainer", "run the trainer contract for twenty steps");
    command.option("--study <file>", "with --trainer: take model, data and scale from this study");
    command.option("--timeout <seconds>", "with --trainer: stop it after this long (default 300)");
  },
  async run(context, args, options): Promise<ExitCode> {
    const { trainer, study, timeout } = parseOptions(optionsSchema, options);
    const command = args.filter((argument) => argument !== "");
    if (trainer !== true && (command.length > 0 || study !== undefined || timeout !== undefined)) {
      throw new LadderError("input", "USAGE", "a command, --study and --timeout belong to --trainer", {
        hint: "ladder doctor --trainer CMD…",
      });
    }
    try {
      return trainer === true
        ? await tryTrainerCommand(context, { command, studyFile: study, timeoutSeconds: timeout ?? 300 })
        : await checkMachine(context);
    } catch (error) {
      if (context.interrupted.aborted) return interruptedExitCode(context.interrupted);
      throw error;
    }
  },
};

async function checkMachine({ output, settings, interrupted }: CommandContext): Promise<ExitCode> {
  const { diagnose } = await import("../../operations/stack/diagnose.ts");
  const diagnoses = await diagnose(settings, interrupted);
  const failed = diagnoses.some(({ level }) => level === "fail");
  output.document({
    json: { ok: !failed, checks: diagnoses },
    text: () => renderDiagnoses(diagnoses, output),
    name: failed ? "fail" : "ok",
  });
  return failed ? exitCodes.unavailable : exitCodes.done;
}

function renderDiagnoses(diagnoses: readonly Diagnosis[], { colors }: Output): string {
  const paint = { ok: colors.green("ok  "), warn: colors.yellow("warn"), fail: colors.red("fail") };
  const width = Math.max(...diagnoses.map(({ check }) => check.length));
  const indent = " ".repeat(width + 7);
  return diagnoses
    .map((diagnosis) => {
      const line = `${paint[diagnosis.level]} ${diagnosis.check.padEnd(width)}  ${diagnosis.message}`;
      return diagnosis.level === "ok" ? line : `${line}\n${indent}fix: ${diagnosis.fix}`;
    })
    .join("\n");
}

async function tryTrainerCommand(
  { output, settings, interrupted }: CommandContext,
  trial: { readonly command: readonly string[]; readonly studyFile: string | undefined; readonly timeoutSeconds: number },
): Promise<ExitCode> {
  const { tryTrainer } = await import("../../operations/stack/try-trainer.ts");
  const report = await tryTrainer(settings, { ...trial, signal: interrupted });
  output.document({ json: report, text: () => renderReport(report, output), name: report.state });
  const asResolved = report.usedAgainstResolved.status !== "failed";
  return report.state === "finished" && asResolved ? exitCodes.done : exitCodes.unavailable;
}

function renderReport(report: TrainerReport, output: Output): string {
  const { colors } = output;
  const lines = [report.command.join(" "), ""];
  const steps = groupBy(report.points, ({ step }) => step);
  for (const [step, points] of steps) lines.push(`  step ${String(step).padStart(3)}  ${describePoints(points)}`);
  for (const { step, path } of report.checkpoints) lines.push(`  checkpoint at step ${String(step)}: ${path}`);
  if (report.points.length === 0)
    lines.push(
      `  ${colors.red("not one point was read")}: append JSON lines like {"step":1,"loss":4.5} to the file that LADDER_METRICS names`,
    );
  for (const bad of report.badLines)
    lines.push(`  ${colors.red("bad line")} at line ${String(bad.number)} of ${bad.source}: ${bad.problem}: ${bad.text}`);
  if (report.state !== "finished" && report.stderrTail !== "") lines.push("", "the end of its error output:", report.stderrTail);
  const problems =
    report.badLines.length === 0 ? "every line was read" : `${String(report.badLines.length)} of its lines could not be read`;
  const verdict =
    report.state === "finished"
      ? colors.green(`ok: it finished with a held-out loss of ${lossText(report.loss)}`)
      : colors.red(`${report.state}: ${report.message ?? "no reason given"}`);
  return [...lines, "", ...verificationLines(report, output), `${verdict}; ${String(report.points.length)} points, ${problems}`].join("\n");
}

function verificationLines({ usedAgainstResolved }: TrainerReport, { colors, columns }: Output): readonly string[] {
  const { status, findings, words } = usedAgainstResolved;
  if (status === "failed")
    return [colors.red("it did not use what was resolved:"), ...findings.map((finding) => hang("  ", finding.words, columns))];
  const verdict = status === "passed" ? colors.green("used what was resolved: ") : colors.yellow("used against resolved is not known: ");
  return [hang("", `${verdict}${words}`, columns)];
}

/** Every point of one step; a family of many (`parameterRms/…`) as its size and range, in full with --json. */
function describePoints(points: TrainerReport["points"]): string {
  const families = groupBy(points, ({ name }) => (name.includes("/") ? name.slice(0, name.indexOf("/")) : name));
  const texts = [...families].flatMap(([family, members]) => {
    if (members.length <= 4) return members.map(({ name, value }) => `${name}=${shortNumber(value)}`);
    const values = members.map(({ value }) => value);
    return [`${family}/… (${String(members.length)})=${shortNumber(Math.min(...values))} to ${shortNumber(Math.max(...values))}`];
  });
  return texts.join("  ");
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
