import type { FailureStreak } from "./sweep-messages.ts";

/** The same error this many times in a row, in whatever runs, stops a sweep: the next hundred would fail of it too. */
export const breakerLimit = 3;

export const noFailures: FailureStreak = { signature: null, count: 0 };

/** The streak after a run came back: a run without failures breaks it, another error begins a new one. */
export function continueStreak(streak: FailureStreak, failures: readonly string[], succeeded: boolean): FailureStreak {
  const counted = failures.reduce<FailureStreak>(
    (before, signature) => ({ signature, count: before.signature === signature ? before.count + 1 : 1 }),
    streak,
  );
  return succeeded ? noFailures : counted;
}
