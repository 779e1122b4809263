import { LadderError } from "../analysis/study/ladder-error.ts";
import type { SweepState } from "../analysis/study/states.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { getSweep, listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import { isOpen } from "./read-study-progress.ts";
import { updateSweep } from "./update-sweep.ts";
import type { Session } from "./session.ts";

export type StudyControl = "pause" | "resume" | "cancel";

export interface ControlOptions {
  /** Kept with the study. */
  readonly reason: string;
  /** `pause` only: stop running runs too, after a checkpoint. */
  readonly now?: boolean;
}

/** What became of each open sweep of a study. */
export interface ControlResult {
  readonly study: string;
  readonly sweeps: readonly { readonly id: string; readonly number: number; readonly before: SweepState; readonly after: SweepState }[];
  /** False when the study was in the wished state already. */
  readonly changed: boolean;
}

/** States in which a wish changes something. */
const startsFrom: Readonly<Record<StudyControl, readonly SweepState[]>> = {
  pause: ["queued", "running"],
  resume: ["paused"],
  cancel: ["queued", "running", "paused"],
};

/**
 * Pauses, resumes or cancels every open sweep of a study. A wish that is fulfilled already changes nothing.
 *
 * @throws LadderError missing STUDY_NOT_FOUND; conflict STUDY_ENDED when no sweep is open; unavailable WORKER_SILENT
 */
export async function controlStudy(
  session: Session,
  studyName: string,
  control: StudyControl,
  options: ControlOptions,
): Promise<ControlResult> {
  const study = await getStudy(session.db, studyName);
  const sweeps = await listSweeps(session.db, study.id);
  const open = sweeps.filter(isOpen);
  if (open.length === 0) {
    const state = sweeps.at(-1)?.state ?? "empty";
    if (control === "cancel" && state === "cancelled") return { study: studyName, sweeps: [], changed: false };
    throw new LadderError("conflict", "STUDY_ENDED", `study ${studyName} is ${state}: there is nothing to ${control}`, {
      fields: { study: studyName, state },
      hint: state === "finished" ? `ladder show ${studyName}` : `to run failed or cancelled runs again: ladder retry ${studyName}`,
    });
  }
  const affected = open.filter((sweep) => startsFrom[control].includes(sweep.state) || (control === "pause" && options.now === true));
  const results = [];
  for (const sweep of affected) results.push(await controlSweep(session, sweep, control, options));
  return { study: studyName, sweeps: results, changed: results.length > 0 };
}

async function controlSweep(
  session: Session,
  sweep: Sweep,
  control: StudyControl,
  { reason, now }: ControlOptions,
): Promise<ControlResult["sweeps"][number]> {
  if (control === "pause") await updateSweep(session, sweep.id, control, { reason, now: now ?? false });
  else await updateSweep(session, sweep.id, control, { reason });
  return { id: sweep.id, number: sweep.number, before: sweep.state, after: (await getSweep(session.db, sweep.id)).state };
}
