import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { loadClientConfigProfile, toClientOptions } from "@temporalio/envconfig";
import type { NativeConnectionOptions } from "@temporalio/worker";
import { z } from "zod";
import { LadderError, type Problem } from "../analysis/study/ladder-error.ts";
import { isAlive } from "./processes.ts";
import { readStackState } from "./stack-state.ts";

/** Variables as a process is given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How to reach a Temporal server: what both the client and the worker of the SDK take. */
export type TemporalConnectionOptions = Pick<NativeConnectionOptions, "tls" | "apiKey" | "metadata"> & { readonly address: string };

/** An existing Temporal server, as Temporal's own environment configuration names it. */
export interface TemporalSettings {
  readonly namespace: string;
  readonly connection: TemporalConnectionOptions;
  /** Where the address was read, for example `TEMPORAL_ADDRESS`. */
  readonly origin: string;
}

/** What the surroundings say: the folder of this project's state and which servers exist already. */
export interface Settings {
  /** Absolute path of `.ladder/`: all data of the project in the current folder. `LADDER_HOME` puts it elsewhere. */
  readonly home: string;
  /** Absolute path of what all projects of this user share: Temporal's binary. */
  readonly cacheFolder: string;
  /** `DATABASE_URL`; without it a Postgres is started. */
  readonly databaseUrl: string | undefined;
  /** Without it a Temporal server is started. */
  readonly temporal: TemporalSettings | undefined;
  /** False when `NO_COLOR` is set or the terminal is dumb. */
  readonly color: boolean;
  /** False when the locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`) is not one of UTF-8: then only ASCII is sure to be shown. */
  readonly unicode: boolean;
  /** The Chromium that `LADDER_CHROMIUM` or `CHROMIUM` names; without it one is looked for. */
  readonly chromium: { readonly path: string; readonly origin: string } | undefined;
  /** What child processes are given. */
  readonly environment: Environment;
}

/** Where Postgres and Temporal answer, and whether the surroundings named them or `ladder up` started them. */
export interface Endpoints {
  readonly databaseUrl: string;
  readonly temporal: { readonly namespace: string; readonly connection: TemporalConnectionOptions };
  readonly databaseSource: "environment" | "embedded";
  readonly temporalSource: "environment" | "embedded";
}

const databaseUrlSchema = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && ["postgres:", "postgresql:"].includes(url.protocol) && url.pathname.length > 1;
});

/**
 * Reads the environment; nothing else in Ladder does.
 *
 * @param environment the variables; those of this process unless given
 * @param folder the folder that relative paths start from; the current one unless given
 * @throws LadderError input SETTINGS_INVALID with every variable that cannot be used
 */
export function readSettings(environment: Environment = process.env, folder: string = process.cwd()): Settings {
  const problems: Problem[] = [];
  const databaseUrl = nonEmpty(environment["DATABASE_URL"]);
  if (databaseUrl !== undefined && !databaseUrlSchema.safeParse(databaseUrl).success) {
    problems.push({
      path: "DATABASE_URL",
      message: "is not the address of a Postgres database",
      value: JSON.stringify(withoutPassword(databaseUrl)),
      fix: "postgresql://USER:PASSWORD@HOST:5432/DATABASE, or unset it to use the built-in Postgres",
    });
  }
  const temporal = readTemporal(environment, problems);
  if (problems.length > 0) {
    const lines = problems.map((problem) => `${problem.path} ${problem.message}`).join("; ");
    throw new LadderError("input", "SETTINGS_INVALID", `the environment cannot be used: ${lines}`, { problems });
  }
  const cacheBase = nonEmpty(environment["XDG_CACHE_HOME"]) ?? join(nonEmpty(environment["HOME"]) ?? homedir(), ".cache");
  return {
    home: resolve(folder, nonEmpty(environment["LADDER_HOME"]) ?? ".ladder"),
    cacheFolder: resolve(folder, cacheBase, "ladder"),
    databaseUrl,
    temporal,
    color: nonEmpty(environment["NO_COLOR"]) === undefined && environment["TERM"] !== "dumb",
    unicode: /utf-?8/i.test(
      ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => nonEmpty(environment[name])).find((value) => value !== undefined) ?? "",
    ),
    chromium: ["LADDER_CHROMIUM", "CHROMIUM"].flatMap((origin) => {
      const path = nonEmpty(environment[origin]);
      return path === undefined ? [] : [{ path: resolve(folder, path), origin }];
    })[0],
    environment,
  };
}

/**
 * Where Postgres and Temporal are: from the settings, or from the running stack of this folder.
 *
 * @throws LadderError unavailable STACK_DOWN when a server is needed that is neither configured nor running
 */
export async function resolveEndpoints(settings: Settings): Promise<Endpoints> {
  const recorded = await readStackState(settings.home);
  // What a supervisor that is gone has written down leads nowhere.
  const state = recorded !== undefined && isAlive(recorded.supervisor) ? recorded : undefined;
  const databaseUrl = settings.databaseUrl ?? state?.postgres?.url;
  const address = settings.temporal?.connection.address ?? state?.temporal?.address;
  if (databaseUrl === undefined || address === undefined) {
    const missing = [databaseUrl === undefined ? "Postgres" : "", address === undefined ? "Temporal" : ""].filter((name) => name !== "");
    throw new LadderError(
      "unavailable",
      "STACK_DOWN",
      `${missing.join(" and ")} of ${settings.home} ${missing.length > 1 ? "are" : "is"} not running`,
      {
        fields: { home: settings.home, missing },
        hint: "ladder up --detach",
      },
    );
  }
  return {
    databaseUrl,
    temporal: {
      namespace: settings.temporal?.namespace ?? state?.temporal?.namespace ?? "default",
      connection: settings.temporal?.connection ?? { address },
    },
    databaseSource: settings.databaseUrl === undefined ? "embedded" : "environment",
    temporalSource: settings.temporal === undefined ? "embedded" : "environment",
  };
}

/** The address of a database as it may be shown: without its password. */
export function withoutPassword(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return databaseUrl.replace(/:[^:@/]*@/, ":***@");
  const url = new URL(databaseUrl);
  if (url.password !== "") url.password = "***";
  for (const name of ["password", "sslpassword"]) if (url.searchParams.has(name)) url.searchParams.set(name, "***");
  return url.href;
}

/** The server that TEMPORAL_* variables and the profiles of temporal.toml name, if they name one. */
function readTemporal(environment: Environment, problems: Problem[]): TemporalSettings | undefined {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined && value !== "") variables[name] = value;
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: variables });
    if (profile.address === undefined) return undefined;
    const { connectionOptions: options } = toClientOptions(profile);
    const { tls, apiKey, metadata } = options;
    return {
      namespace: profile.namespace ?? "default",
      connection: {
        address: profile.address,
        ...(tls === undefined ? {} : { tls }),
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(metadata === undefined ? {} : { metadata }),
      },
      origin:
        variables["TEMPORAL_ADDRESS"] !== undefined
          ? "TEMPORAL_ADDRESS"
          : `profile ${variables["TEMPORAL_PROFILE"] ?? "default"} of ${variables["TEMPORAL_CONFIG_FILE"] ?? "temporal.toml"}`,
    };
  } catch (error) {
    problems.push({
      path: variables["TEMPORAL_CONFIG_FILE"] === undefined ? "TEMPORAL_*" : "TEMPORAL_CONFIG_FILE",
      message: `Temporal's environment configuration cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      fix: "mend or unset the TEMPORAL_ variables (https://docs.temporal.io/develop/environment-configuration)",
    });
    return undefined;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
