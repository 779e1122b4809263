import { relative } from "node:path";
import { z } from "zod";
import { initStudy } from "../../operations/init-study.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseOptions } from "../options.ts";

const optionsSchema = z.object({ example: z.string(), force: z.boolean().default(false) });

export const initCommand: LadderCommand = {
  name: "init",
  group: "Studies",
  summary: "write a commented study.yaml that can be submitted as it is",
  examples: [
    ["ladder init", "writes study.yaml: learning rate over width, SP against muP"],
    ["ladder init my-study --example own-trainer", "a study with a trainer of your own, and that trainer"],
  ],
  configure: (command) => {
    command.argument("[folder]", "where to write", ".");
    command.option("--example <name>", "which example to start from", "width-transfer");
    command.option("--force", "overwrite files that are already there");
  },
  run: async ({ output }, [folder = "."], rawOptions) => {
    const { example, force } = parseOptions(optionsSchema, rawOptions);
    const files = await initStudy({ folder, example, force });
    const shown = files.map((file) => relative(process.cwd(), file));
    output.document({
      json: { files },
      name: shown[0] ?? "",
      text: () => [...shown.map((file) => `wrote ${file}`), `next: ladder plan ${shown[0] ?? ""}`].join("\n"),
    });
    return exitCodes.done;
  },
};
