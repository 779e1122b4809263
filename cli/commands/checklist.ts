import { z } from "zod";
import { checklistOfFit, writeChecklist } from "../../operations/fit-checklist.ts";
import { checklistMarkdown, openText, renderChecklist } from "../checklist-text.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { collect } from "../named-values.ts";
import { numberOption, parseOptions } from "../options.ts";

const optionsSchema = z.object({
  compute: z.array(numberOption.refine((value) => value > 0, "must be above 0")).default([]),
  answers: z.string().optional(),
  answer: z.array(z.string()).default([]),
  markdown: z.boolean().default(false),
  output: z.string().optional(),
  strict: z.boolean().default(false),
});

export const checklistCommand: LadderCommand = {
  name: "checklist",
  group: "Analysis",
  summary: "fill the reporting checklist of a fit from its record, and ask for the rest",
  description:
    "The 23 items of (Mis)Fitting and six beside them. A fit of a study's own runs is filled from the record of the study; what no record can know is asked. With --strict the exit code is 10 while an item is open.",
  examples: [
    ["ladder checklist fit-0123456789", "the fit of a study, with what its record says"],
    ['ladder checklist fit.json --answer 2.7="commit 1a2b3c, image 4d5e6f"', "answers of the author"],
    ["ladder checklist fit.json --answers answers.yaml --output checklist.md --strict", "as a page; refused while an item is open"],
  ],
  configure: (command) => {
    command.argument("<fit>", "id of a fit, or a file of one");
    command.option("--answers <file>", "answers by item, YAML or JSON");
    command.option("--answer <item=text>", "one answer (repeatable); wins over the file", collect);
    command.option("--compute <flops>", "FLOPs at which the fit is to be read (repeatable)", collect);
    command.option("--markdown", "print Markdown");
    command.option("--output <file>", "write Markdown to a file");
    command.option("--strict", "exit with 10 while an item is open");
  },
  run: async ({ output, settings }, [fit = ""], rawOptions) => {
    const { compute, answers, answer, markdown, output: file, strict } = parseOptions(optionsSchema, rawOptions);
    const report = await checklistOfFit(settings, fit, { computes: compute, answers, answer });
    if (file !== undefined) await writeChecklist(file, checklistMarkdown(report));
    output.document({
      json: report,
      text: () => (markdown ? checklistMarkdown(report) : renderChecklist(report, output.colors, output.columns)),
    });
    if (!strict || report.open.length === 0) return exitCodes.done;
    if (output.format !== "table" || markdown) output.note(openText(report));
    return exitCodes.scientificNo;
  },
};
