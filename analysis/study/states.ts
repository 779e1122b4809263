/**
 * States of runs, attempts and sweeps and the moves between them. Plain data without any import: workflows replay this
 * file for ever, so it may grow but its moves may not change meaning.
 */

/** What a run or an attempt can be. `diverged` and `out-of-memory` are results; `lost` is visible and temporary. */
export const runStates = ["queued", "running", "preempted", "paused", "finished", "failed", "cancelled", "diverged", "lost"] as const;
export type RunState = (typeof runStates)[number];

/** Terminal states of a run: written once, by compare-and-set. `failed` and `cancelled` may be left by an explicit retry only. */
export const terminalRunStates = ["finished", "failed", "cancelled", "diverged"] as const;
export type TerminalRunState = (typeof terminalRunStates)[number];

const runMoves: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ["running", "paused", "cancelled", "failed"],
  running: ["finished", "failed", "cancelled", "diverged", "preempted", "lost", "paused", "queued"],
  preempted: ["queued", "running", "paused", "cancelled", "failed"],
  paused: ["queued", "running", "cancelled"],
  lost: ["running", "queued", "finished", "diverged", "failed", "cancelled"],
  finished: [],
  diverged: [],
  failed: ["queued"],
  cancelled: ["queued"],
};

/** True when a run may go from one state to the other in one move. */
export function canMove(from: RunState, to: RunState): boolean {
  return runMoves[from].includes(to);
}

/** True when no more work will be done for a run in this state unless a user asks for it. */
export function isTerminal(state: RunState): state is TerminalRunState {
  return (terminalRunStates as readonly RunState[]).includes(state);
}

/** What a sweep can be. `paused` carries a reason; `finished` may hold failed runs, which `WHY` then counts. */
export const sweepStates = ["queued", "running", "paused", "finished", "failed", "cancelled"] as const;
export type SweepState = (typeof sweepStates)[number];

/** What an attempt can be: one submission of a run to an executor. */
export const attemptStates = ["submitting", "running", "lost", "finished", "failed", "cancelled", "diverged", "preempted"] as const;
export type AttemptState = (typeof attemptStates)[number];

/** Classes of failure, each with its own limit of restarts. */
export const errorClasses = ["trainer-bug", "out-of-memory", "preemption", "stall", "lost", "no-done-line", "executor"] as const;
export type ErrorClass = (typeof errorClasses)[number];

/** How many new attempts a failure of each class earns before the run is `failed`. */
export const restartLimits: Readonly<Record<ErrorClass, number>> = {
  "trainer-bug": 0,
  "no-done-line": 0,
  "out-of-memory": 1,
  preemption: 20,
  stall: 2,
  lost: 3,
  executor: 3,
};
