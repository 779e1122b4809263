import { z } from "zod";
import { withBorrowedStack } from "../../operations/borrow-stack.ts";
import { type FitDocument, fitSource, type FreshFit, keepFit, lawList } from "../../operations/fit-law.ts";
import { assertStudyName } from "../../operations/import-runs.ts";
import { verifyFile } from "../../operations/verify-fit.ts";
import { writeDocument } from "../../operations/write-document.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { addFitOptions, fitOptionsSchema, toFitOptions, withRowSource } from "../fit-options.ts";
import { renderFit } from "../fit-text.ts";
import { parseOptions } from "../options.ts";
import { exitCodeOfVerification, renderVerification } from "../verification-text.ts";
import { fitCompareCommand } from "./fit-compare.ts";
import { fitOptimaCommand } from "./fit-optima.ts";

const optionsSchema = z.object({
  ...fitOptionsSchema,
  law: z.string().default("chinchilla"),
  study: z.string().optional(),
  output: z.string().optional(),
  verify: z.string().optional(),
  fit: z.string().optional(),
});

export const fitCommand: LadderCommand = {
  name: "fit",
  group: "Analysis",
  summary: "fit a scaling law to a study's runs or to a file, with intervals and the error on larger runs",
  description:
    "Columns called N, D, C and loss need no --map. Intervals are percentiles of a bootstrap over clusters; a parameter that the rows do not tell is said to be not identified. With --holdout the largest budgets take no part in the fit, and its error and the coverage of its intervals on them are shown.\n\nA study's fit is kept and has an id: its rows are the runs that Ladder trained, the best trial of each design, and the rows that were imported. A file's fit is kept with --study NAME, or written with --output. Either is what predict, allocate, checklist and plot take.",
  examples: [
    ["ladder fit --from runs.csv", "Hoffmann's law of model size and tokens"],
    ["ladder fit --from runs.csv --drop-worst 5 --holdout largest:2", "without the five highest losses; scored on the two largest budgets"],
    ["ladder fit --from runs.csv --map N=params,D=tokens --cluster model --json", "checkpoints of a model are one cluster"],
    ["ladder fit --from runs.csv --best-per N,D --output fit.json", "the best learning rate of each N and D; kept as a file"],
    ["ladder fit my-study --where 'parametrization == \"mup\"'", "runs of a study; the fit gets an id"],
    ["ladder fit --verify fit.json", "does a kept fit come out again, to the last bit?"],
    ["ladder fit compare --from runs.csv --holdout largest:2", "all laws that the columns allow, by their error on larger runs"],
  ],
  endsItself: true,
  actsAlone: true,
  subcommands: [fitCompareCommand, fitOptimaCommand],
  configure: (command) => {
    command.argument("[study]", "study whose runs are fitted");
    command.option(
      "--law <id>",
      `${lawList()
        .map(({ id }) => id)
        .join(", ")} (default: chinchilla)`,
    );
    addFitOptions(command);
    command.option("--study <name>", "keep the fit of a file under this name; it gets an id");
    command.option("--output <file>", "write the fit as JSON");
    command.option("--verify <file>", "recompute a kept fit, a prediction or printed constants instead; exit 10 where they differ");
    command.option("--fit <fit>", "with --verify: id or file of the fit that a prediction is of");
  },
  run: async ({ output, settings, interrupted }, [study = ""], rawOptions) => {
    const { law, study: keptUnder, output: file, verify, fit: verifiedWith, ...parsed } = parseOptions(optionsSchema, rawOptions);
    if (verify !== undefined) {
      const verifications = await verifyFile(settings, verify, { fit: verifiedWith });
      output.document({ json: verifications, text: () => renderVerification(verifications, output.colors, output.columns) });
      return exitCodeOfVerification(verifications);
    }
    if (keptUnder !== undefined) assertStudyName(keptUnder);
    const keep = (fresh: FreshFit): Promise<FitDocument> | FitDocument =>
      keptUnder === undefined
        ? fresh.document
        : withBorrowedStack(settings, { onProgress: (line) => output.note(line), signal: interrupted }, ({ db }) =>
            keepFit(db, keptUnder, fresh),
          );
    const fit = await withRowSource(settings, { study, from: parsed.from }, async (source) => {
      const fresh = await fitSource(source, { ...toFitOptions(parsed), law, signal: interrupted });
      interrupted.throwIfAborted();
      return source.kind === "study" ? keepFit(source.db, source.name, fresh) : keep(fresh);
    });
    if (file !== undefined) await writeDocument(file, fit);
    output.document({
      json: fit,
      ...(fit.id === null ? {} : { name: fit.id }),
      text: () => renderFit(fit, output.colors, output.columns, file ?? null),
    });
    return exitCodes.done;
  },
};
