import { z } from "zod";
import type { StudyPlan } from "../../operations/plan-study.ts";
import { prepareStudy } from "../../operations/prepare-study.ts";
import { withEndpoints } from "../../operations/session.ts";
import { ensureStack } from "../../operations/stack/ensure-stack.ts";
import { type Submission, submitStudy } from "../../operations/submit-study.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { countText } from "../number-text.ts";
import { countOption, parseOptions, yesOption } from "../options.ts";
import { planSummary, reusedText } from "../plan-text.ts";
import { watchStudy } from "./watch.ts";

const optionsSchema = z.object({
  watch: z.boolean().default(false),
  yes: z.boolean().default(false),
  concurrency: countOption.optional(),
  allowCodeChange: z.boolean().default(false),
});

export const submitCommand: LadderCommand = {
  name: "submit",
  group: "Studies",
  summary: "run a study; prints its name and returns",
  description:
    "Starts Postgres, Temporal and a worker in the background when none are configured or\nrunning. The same file again changes nothing; a wider grid reuses every finished run.",
  examples: [
    ["ladder submit study.yaml", "prints the study's name; follow with ladder watch NAME"],
    ["ladder submit study.yaml --watch", "follows it; Ctrl-C detaches, the study goes on"],
    ["ladder submit study.yaml -o name --yes", "for scripts: only the name, no questions"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study.yaml>", "the study file");
    command.option("-w, --watch", "follow the study until it ends");
    command.option("--concurrency <n>", "runs at a time (default: executor.slots, or one a processor)");
    command.option("--allow-code-change", "take over results of earlier trainer programs of the study");
    command.addOption(yesOption());
  },
  run: async (context, [studyFile = ""], rawOptions) => {
    const { output, settings, interrupted } = context;
    const { watch, yes, concurrency, allowCodeChange } = parseOptions(optionsSchema, rawOptions);
    const prepared = await prepareStudy(settings, studyFile);
    const endpoints = await ensureStack(settings, { onProgress: (line) => output.note(line), signal: interrupted });
    return withEndpoints(settings, endpoints, async (session) => {
      const confirm = (plan: StudyPlan): Promise<void> => confirmSubmission(context, plan, yes || allowCodeChange);
      const submission = await submitStudy(session, prepared, {
        allowCodeChange,
        concurrency,
        confirm,
        check: { onProgress: (line) => output.note(line), signal: interrupted },
      });
      tellSubmission(context, submission, watch);
      return watch ? watchStudy(context, session, submission.study) : exitCodes.done;
    });
  },
};

/** Asks only where a submission would train again what was paid for: after a change of the trainer's program. */
async function confirmSubmission({ output }: CommandContext, plan: StudyPlan, given: boolean): Promise<void> {
  if (!plan.trainerChanged || plan.totals.new === 0) return;
  await output.confirm(
    `the trainer's program has changed since ${plan.study} was last submitted: train ${countText(plan.totals.new, "run")} anew?`,
    {
      given,
      flag: "--yes (train anew) or --allow-code-change (reuse the old runs)",
    },
  );
}

function tellSubmission({ output }: CommandContext, submission: Submission, watch: boolean): void {
  const { study, sweepNumber, unchanged, plan, toRetry, state } = submission;
  if (watch && output.format !== "table") return;
  output.document({
    json: submission,
    name: study,
    text: () => {
      const lines = [
        unchanged
          ? `${study}: unchanged (sweep ${sweepNumber}, ${state}); ${plan.totals.reused} of ${plan.totals.runs} runs reused by run key, nothing is trained again`
          : `${study}: submitted as sweep ${sweepNumber}`,
      ];
      if (!unchanged || plan.totals.toTrain > 0) lines.push(...planSummary(plan, output.columns));
      if (!unchanged && plan.totals.reused > 0) lines.push("reused:", ...reusedText(plan.runs));
      if (toRetry > 0) lines.push(`${countText(toRetry, "run")} failed or cancelled earlier: ladder retry ${study}`);
      if (!watch) lines.push(`follow it: ladder watch ${study}`);
      return lines.join("\n");
    },
  });
}
