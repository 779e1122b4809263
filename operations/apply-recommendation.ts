import { levelInPercent, significant } from "../analysis/study/number-words.ts";
import { existsSync } from "node:fs";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { compareProxyWithTarget, type SettingDifference, type TrainingSetting } from "../analysis/verification/proxy-target.ts";
import type { ConfigChange } from "../infra/configs/config-format.ts";
import { applyToConfig } from "../infra/configs/index.ts";
import { getRecommendation } from "../infra/postgres/recommendations.ts";
import type { Session } from "./session.ts";
import { readStoredRecommendation, type StoredRecommendation } from "./stored-recommendation.ts";

export interface ApplyInput {
  /** `rec-…` */
  readonly recommendation: string;
  readonly config: string;
  /** Where to write: a copy, the config itself, or nowhere (only show). */
  readonly write:
    | { readonly to: "nowhere" }
    | { readonly to: "config" }
    | { readonly to: "copy"; readonly path: string; readonly overwrite: boolean };
}

/** What was changed in a config, or would be. Plain JSON. */
export interface AppliedRecommendation {
  readonly recommendation: string;
  readonly config: string;
  /** Id of the config's format. */
  readonly format: string;
  readonly changes: readonly ConfigChange[];
  /** Unified diff; empty when the config says all of it already. */
  readonly diff: string;
  /** The file written; null when only shown. */
  readonly written: string | null;
  /** In what the config, once patched, trains unlike the proxies: schedule, weight-decay kind, head layout. */
  readonly differences: readonly SettingDifference[];
  /** What the recommendation says nothing about, or what differs from the study without being checked. */
  readonly notes: readonly string[];
}

/**
 * Carries a recommendation into a training config.
 *
 * @throws LadderError missing RECOMMENDATION_NOT_FOUND, FILE_NOT_FOUND; conflict CONFIG_SCALE_DIFFERS, FILE_EXISTS;
 *   rejected CONFIG_UNSUPPORTED; input CONFIG_FORMAT_UNKNOWN
 */
export async function applyRecommendation({ db }: Pick<Session, "db">, input: ApplyInput): Promise<AppliedRecommendation> {
  const stored = readStoredRecommendation(await getRecommendation(db, input.recommendation));
  const { content } = stored;
  const text = await readFile(input.config, "utf8").catch((error: unknown) => {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no readable file ${input.config}`, { cause: error });
  });
  const { base, target, variant } = content;
  const parametrization = variant?.ruleSet ?? content.parametrization;
  const hyperparameters = { ...content.held, [content.hyperparameter]: content.value };
  const applied = applyToConfig(text, basename(input.config), { parametrization, hyperparameters, base, target }, configHeader(stored));
  const differences = compareProxyWithTarget(proxySetting(content), applied.format.readSetting(applied.text));
  const written = await writeConfig(input, text, applied.text);
  return {
    recommendation: stored.id,
    config: input.config,
    format: applied.format.id,
    changes: applied.changes,
    diff:
      applied.text === text
        ? ""
        : createTwoFilesPatch(input.config, written ?? input.config, text, applied.text, undefined, undefined, {
            context: 3,
            headerOptions: FILE_HEADERS_ONLY,
          }),
    written,
    differences,
    notes: notesOn(stored, applied.format.readScale(text)),
  };
}

/** How the study trained. Weight decay counts as used where a coefficient above 0 was fixed, held or recommended. */
function proxySetting({ schedule, proxy, held, hyperparameter, value }: StoredRecommendation["content"]): TrainingSetting {
  const weightDecay = hyperparameter === "weightDecay" ? value : (held["weightDecay"] ?? 0);
  return {
    schedule: { ...schedule, decayEndFraction: 1 },
    ...(proxy === undefined ? {} : { weightDecay: { kind: proxy.weightDecayKind, isUsed: weightDecay !== 0 } }),
    ...(proxy === undefined || proxy.headLayouts.length === 0 ? {} : { heads: proxy.headLayouts }),
  };
}

/** The comment at the top of a patched config: who says so, for what, how sure. No clock: the same patch twice is the same text. */
export function configHeader({ id, content, createdAt }: StoredRecommendation): string {
  const { hyperparameter, value, interval, regret, axis, target } = content;
  return [
    `Ladder recommendation ${id} of study ${content.study}, ${createdAt.slice(0, 10)}`,
    `${hyperparameter} ${significant(value)} [${significant(interval.low)}, ${significant(interval.high)}] (${levelInPercent(interval.level)}) for ${axis} ${target[axis]} under ${content.parametrization}${content.variant === undefined ? "" : ` (${content.variant.ruleSet})`}`,
    `expected regret ${regret.expectedRegret.toFixed(4)} nats per token; ${content.checks.filter(({ passed }) => passed).length} of ${content.checks.length} checks passed`,
  ].join("\n");
}

async function writeConfig({ write, config }: ApplyInput, before: string, after: string): Promise<string | null> {
  if (write.to === "nowhere") return null;
  const path = write.to === "config" ? config : write.path;
  if (write.to === "copy" && existsSync(path) && !write.overwrite && (await readFile(path, "utf8")) !== after) {
    throw new LadderError("conflict", "FILE_EXISTS", `${path} is already there and differs; nothing was written`, {
      hint: "name another file, or pass --force to overwrite it",
    });
  }
  if (write.to === "config" && after === before) return path;
  // By rename, so that a crash leaves either the old config or the new one, with the permissions that it had.
  const { mode } = await stat(config);
  const partial = `${path}.ladder-partial`;
  await writeFile(partial, after, { mode });
  await rename(partial, path);
  return path;
}

function notesOn(
  { content }: StoredRecommendation,
  scale: { readonly batchSizeTokens?: number | undefined; readonly tokenHorizon?: number | undefined },
): readonly string[] {
  const { target, schedule, variant } = content;
  const differs = (["batchSizeTokens", "tokenHorizon"] as const).filter(
    (axis) => scale[axis] !== undefined && scale[axis] !== target[axis],
  );
  return [
    ...differs.map(
      (axis) =>
        `the config's ${axis} is ${scale[axis] ?? ""}, the recommendation was measured at ${target[axis]}: transfer over ${axis} was not tested`,
    ),
    ...(variant === undefined || variant.changes.length === 0
      ? []
      : [`the study trained the variant ${content.parametrization} (${variant.changes.join(", ")}): the config must train like that too`]),
    `schedule left as it is: the study used ${schedule.shape} decay after ${Math.round(100 * schedule.warmupFraction)} % warm-up down to ${schedule.finalFraction} of the peak`,
    ...content.checks.filter(({ passed }) => !passed).map(({ words }) => `a check failed: ${words}`),
  ];
}
