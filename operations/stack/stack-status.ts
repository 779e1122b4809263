import { isAlive } from "../../infra/processes.ts";
import { type Endpoints, resolveEndpoints, type Settings, withoutPassword } from "../../infra/settings.ts";
import { readStackState, type ServiceName, type StackState } from "../../infra/stack-state.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { ladderVersion } from "../ladder-version.ts";
import { listStudyProgress } from "../list-studies.ts";
import { withEndpoints } from "../session.ts";
import { isSettled, type StudyProgress } from "../study-progress.ts";
import { askDatabase, askTemporalServer, type Answer } from "./ask-services.ts";
import { findLeftovers } from "./leftovers.ts";

/** One service as it is now. `elsewhere`: the surroundings name it, Ladder did not start it. */
export interface ServiceStatus {
  readonly service: "supervisor" | ServiceName;
  readonly state: "running" | "elsewhere" | "not answering" | "restarting" | "down";
  readonly pid: number | null;
  /** Where it answers, without passwords. */
  readonly address: string | null;
  readonly version: string | null;
  /** Seconds since this process was started. */
  readonly uptimeSeconds: number | null;
  /** How often it died and was started again. */
  readonly restarts: number | null;
  /** Why it does not answer. */
  readonly problem: string | null;
}

/** The stack of a folder, its workers and what they are working on. */
export interface StackStatus {
  readonly home: string;
  /** `degraded`: it runs, but a service does not answer. `killed`: its supervisor died; `up` and `down` clean up after it. */
  readonly state: "up" | "starting" | "stopping" | "degraded" | "down" | "killed";
  readonly services: readonly ServiceStatus[];
  /** Everyone who asks Temporal for this installation's work, on other machines too. */
  readonly workers: readonly { readonly identity: string; readonly secondsSinceSeen: number }[];
  /** Studies that are not settled, the newest first; null when the database does not answer. */
  readonly studies: readonly StudyProgress[] | null;
  /** Processes that a dead supervisor left behind. */
  readonly leftovers: readonly { readonly name: string; readonly pid: number }[];
}

/** Looks at the stack without changing anything; never throws because something does not run. */
export async function readStackStatus(settings: Settings): Promise<StackStatus> {
  const recorded = await readStackState(settings.home);
  const running = recorded !== undefined && isAlive(recorded.supervisor) ? recorded : undefined;
  const endpoints = await resolveEndpoints(settings).catch((error: unknown) => {
    if (error instanceof LadderError && error.code === "STACK_DOWN") return undefined;
    throw error;
  });
  const [database, temporal] = await Promise.all([askDatabase(endpoints?.databaseUrl), askTemporalServer(endpoints)]);
  const studies = endpoints === undefined || database.problem !== null ? null : await activeStudies(settings, endpoints);
  const services = [
    supervisorStatus(running),
    databaseStatus(running, settings, endpoints, database),
    temporalStatus(running, settings, endpoints, temporal),
    workerStatus(running),
  ];
  const now = Date.now();
  return {
    home: settings.home,
    state: stackState(recorded, running, services),
    services,
    workers: temporal.pollers.map(({ identity, lastSeenMs }) => ({ identity, secondsSinceSeen: Math.max(0, (now - lastSeenMs) / 1000) })),
    studies,
    leftovers: running !== undefined ? [] : findLeftovers(settings.home, recorded).map(({ name, pid }) => ({ name, pid })),
  };
}

function stackState(
  recorded: StackState | undefined,
  running: StackState | undefined,
  services: readonly ServiceStatus[],
): StackStatus["state"] {
  if (running === undefined) return recorded === undefined ? "down" : "killed";
  if (running.phase !== "ready") return running.phase;
  return services.every(({ state }) => state === "running" || state === "elsewhere") ? "up" : "degraded";
}

function supervisorStatus(running: StackState | undefined): ServiceStatus {
  const none = { service: "supervisor", address: null, version: null, restarts: null, problem: null } as const;
  if (running === undefined) return { ...none, state: "down", pid: null, uptimeSeconds: null };
  return {
    ...none,
    state: "running",
    pid: running.supervisor.pid,
    uptimeSeconds: secondsSince(running.supervisor.startedAt),
    version: ladderVersion(),
  };
}

function databaseStatus(
  running: StackState | undefined,
  settings: Settings,
  endpoints: Endpoints | undefined,
  answer: Answer,
): ServiceStatus {
  const address = endpoints === undefined ? null : withoutPassword(endpoints.databaseUrl);
  return serviceStatus("postgres", running?.postgres ?? null, { elsewhere: settings.databaseUrl !== undefined, address, answer });
}

function temporalStatus(
  running: StackState | undefined,
  settings: Settings,
  endpoints: Endpoints | undefined,
  answer: Answer,
): ServiceStatus {
  return serviceStatus("temporal", running?.temporal ?? null, {
    elsewhere: settings.temporal !== undefined,
    address: endpoints?.temporal.connection.address ?? null,
    answer,
  });
}

function workerStatus(running: StackState | undefined): ServiceStatus {
  const answers = { version: running?.worker == null ? null : ladderVersion(), problem: null };
  return serviceStatus("worker", running?.worker ?? null, { elsewhere: false, address: null, answer: answers });
}

function serviceStatus(
  service: ServiceName,
  recorded: StackState[ServiceName],
  { elsewhere, address, answer }: { readonly elsewhere: boolean; readonly address: string | null; readonly answer: Answer },
): ServiceStatus {
  const alive = recorded !== null && isAlive(recorded);
  const pid = alive ? recorded.pid : null;
  const uptimeSeconds = alive ? secondsSince(recorded.startedAt) : null;
  const base = {
    service,
    pid,
    address,
    uptimeSeconds,
    restarts: recorded?.restarts ?? null,
    version: answer.version,
    problem: answer.problem,
  };
  if (recorded !== null && !alive) return { ...base, state: "restarting" };
  if (recorded === null && !elsewhere) return { ...base, state: "down", address: null, problem: null };
  return { ...base, state: answer.problem !== null ? "not answering" : elsewhere ? "elsewhere" : "running" };
}

async function activeStudies(settings: Settings, endpoints: Endpoints): Promise<readonly StudyProgress[] | null> {
  try {
    return (await withEndpoints(settings, endpoints, (session) => listStudyProgress(session))).filter((study) => !isSettled(study));
  } catch (error) {
    // The schema may not be there yet while the stack starts.
    if (error instanceof LadderError && error.kind === "unavailable") return null;
    throw error;
  }
}

function secondsSince(time: string): number {
  return Math.max(0, (Date.now() - Date.parse(time)) / 1000);
}
