import { type Command, Option } from "commander";
import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { FitLawOptions, Objective } from "../operations/fit-law.ts";
import type { RowSource } from "../operations/gather-rows.ts";
import { withSession, type Settings } from "../operations/session.ts";
import { numberOption } from "./options.ts";

const objectives = {
  huber: "huber",
  "least-squares": "leastSquares",
  "least-absolute-deviations": "leastAbsoluteDeviations",
  asymmetric: "asymmetric",
} as const;
const objectiveNames = ["huber", "least-squares", "least-absolute-deviations", "asymmetric"] as const;
const count = numberOption.refine((value) => Number.isInteger(value) && value >= 0, "must be a whole number from 0 on");
const above0 = numberOption.refine((value) => value > 0, "must be above 0");

/** Options that choose rows and say how they are fitted; the same for every command that fits. */
export const fitOptionsSchema = {
  from: z.string().optional(),
  map: z.string().optional(),
  where: z.string().optional(),
  cluster: z.string().optional(),
  counting: z.enum(["total", "non-embedding"]).optional(),
  bestPer: z.string().optional(),
  keepRepeated: z.boolean().default(false),
  holdout: z
    .string()
    .regex(/^largest:[1-9]\d*$/, "must be largest:K, for example largest:2")
    .optional(),
  dropWorst: count.default(0),
  objective: z.enum(objectiveNames).default("huber"),
  residuals: z.enum(["law", "value"]).default("law"),
  delta: above0.default(1e-3),
  overestimatePenalty: above0.default(10),
  draws: count.refine((value) => value >= 100, "must be at least 100").default(1000),
  seed: count.default(0),
} as const;

/** Adds these options to a command. */
export function addFitOptions(command: Command): void {
  command.option("--from <file>", "file of runs, as for ladder import");
  command.option("--map <list>", "VARIABLE=COLUMN with commas between; weight=COLUMN weighs the rows");
  command.option("--where <condition>", "only records that meet it");
  command.option("--cluster <column>", "rows with one value of it are one cluster: a model, a trunk");
  command.addOption(new Option("--counting <what>", "what N counts").choices(["total", "non-embedding"]));
  command.option(
    "--best-per <list>",
    "only the best trial of each value of these variables, for example N,D; all keeps every trial (default: of a study the law's inputs, of a file all)",
  );
  command.option("--keep-repeated", "also rows that repeat or contradict each other: reruns without seeds");
  command.option("--holdout <what>", "largest:K holds the K largest budgets out");
  command.option("--drop-worst <k>", "leave out the K rows with the highest outcome");
  command.addOption(new Option("--objective <kind>", "penalty on residuals (default: huber)").choices(objectiveNames));
  command.addOption(
    new Option("--residuals <scale>", "of the law's own scale, as a rule ln, or of the plain value (default: law)").choices([
      "law",
      "value",
    ]),
  );
  command.option("--delta <value>", "where Huber's penalty turns linear (default: 0.001)");
  command.option("--overestimate-penalty <factor>", "of asymmetric: weight of rows below the law, squared residuals (default: 10)");
  command.option("--draws <n>", "bootstrap refits (default: 1000)");
  command.option("--seed <n>", "of the bootstrap (default: 0)");
}

type ParsedFitOptions = z.infer<z.ZodObject<typeof fitOptionsSchema>>;

/** What operations take, but the law. */
export function toFitOptions(parsed: ParsedFitOptions): Omit<FitLawOptions, "law"> {
  const { map, where, cluster, counting, keepRepeated, dropWorst, draws, seed, holdout, bestPer } = parsed;
  return {
    ...{ map, where, cluster, counting, keepRepeated, dropWorst, draws, seed },
    bestPer: bestPer === undefined ? undefined : bestPer === "all" ? [] : bestPer.split(",").map((name) => name.trim()),
    objective: objectiveOf(parsed),
    residualScale: parsed.residuals,
    holdoutBudgets: holdout === undefined ? 0 : Number(holdout.slice("largest:".length)),
  };
}

function objectiveOf({ objective, delta, overestimatePenalty }: ParsedFitOptions): Objective {
  const kind = objectives[objective];
  if (kind === "huber") return { kind, delta };
  return kind === "asymmetric" ? { kind, overestimatePenalty } : { kind };
}

/**
 * Opens where the rows come from. Only a study needs a database.
 *
 * @throws LadderError `input` USAGE unless exactly one of them is given
 */
export async function withRowSource<Result>(
  settings: Settings,
  { study, from }: { readonly study: string; readonly from: string | undefined },
  use: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  if ((study === "") === (from === undefined))
    throw new LadderError(
      "input",
      "USAGE",
      from === undefined ? "of which runs? name a study, or a file with --from" : "a study and --from: rows come from one of them",
      { hint: "ladder fit STUDY, or ladder fit --from runs.csv (--study NAME keeps that fit under a study's name)" },
    );
  if (from !== undefined) return use({ kind: "file", path: from });
  return withSession(settings, ({ db }) => use({ kind: "study", name: study, db }));
}
