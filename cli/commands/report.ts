import { z } from "zod";
import { withBorrowedStack } from "../../operations/borrow-stack.ts";
import { exportStudy } from "../../operations/export-study.ts";
import { writeReport } from "../../operations/write-report.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseOptions } from "../options.ts";

const optionsSchema = z.object({ output: z.string().optional(), axis: z.string().optional() });

export const reportCommand: LadderCommand = {
  name: "report",
  group: "Results",
  summary: "write a study's report: one HTML file that needs no network",
  description: "A stack that is down is started for this and stopped again. Prints the file's path.",
  examples: [
    ["ladder report width-transfer", "writes .ladder/reports/width-transfer.html"],
    ["ladder report width-transfer --output transfer.html", "writes it elsewhere"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--output <file>", "where to write");
    command.option("--axis <axis>", "the scale axis of the transfer tests in it");
  },
  run: async ({ output, settings, interrupted }, [study = ""], rawOptions) => {
    const options = parseOptions(optionsSchema, rawOptions);
    const document = await withBorrowedStack(settings, { onProgress: (line) => output.note(line), signal: interrupted }, (session) =>
      exportStudy(session, study, { axis: options.axis }),
    );
    const path = await writeReport(document, settings.home, options.output);
    output.document({ json: { study, path }, name: path, text: () => path });
    return exitCodes.done;
  },
};
