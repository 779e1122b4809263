import { ActivityFailure, CancellationScope, condition, defineQuery, defineUpdate, setHandler } from "@temporalio/workflow";
import { noFailures } from "./failure-streak.ts";
import { assertBudget, assertConcurrency, assertReason, refuse } from "./message-validation.ts";
import type {
  BudgetRequest,
  CancelRequest,
  CarriedState,
  ExtendRequest,
  FailureStreak,
  PauseRequest,
  ResumeRequest,
  SweepStatus,
} from "./sweep-messages.ts";
import { steps } from "./sweep-steps.ts";

const pauseUpdate = defineUpdate<SweepStatus, [PauseRequest]>("pause");
const resumeUpdate = defineUpdate<SweepStatus, [ResumeRequest]>("resume");
const cancelUpdate = defineUpdate<SweepStatus, [CancelRequest]>("cancel");
const extendUpdate = defineUpdate<SweepStatus, [ExtendRequest]>("extend");
const concurrencyUpdate = defineUpdate<SweepStatus, [number]>("setConcurrency");
const budgetUpdate = defineUpdate<SweepStatus, [BudgetRequest]>("setBudget");
const progressQuery = defineQuery<SweepStatus>("progress");

type PauseCause = CarriedState["pauseCause"];

/**
 * The state of a sweep's workflow and what users may do to it. The row in Postgres always says it first or at once: an
 * activity that is cancelled reads there whether it is to pause or to cancel.
 */
export class SweepControl {
  concurrency = 1;
  /** True when Postgres may hold runs that were not handed out yet. */
  mayHaveMore = true;
  ended = 0;
  streak: FailureStreak;
  queue: string[] = [];
  readonly atWork = new Set<string>();
  /** The runs at work: cancelled as a whole, and made anew when the sweep is resumed. */
  runScope = freshScope();

  private paused: { readonly reason: string; readonly cause: PauseCause } | undefined;
  private cancelled: { readonly reason: string; readonly recorded: boolean } | undefined;
  private opened = false;
  private changes = 0;
  private readonly sweepId: string;
  private readonly carried: CarriedState | undefined;

  constructor(sweepId: string, carried: CarriedState | undefined) {
    this.sweepId = sweepId;
    this.carried = carried;
    this.streak = carried?.streak ?? noFailures;
  }

  /** True when runs may be started. */
  get free(): boolean {
    return this.paused === undefined && this.cancelled === undefined;
  }

  /** Why the sweep was cancelled, once Postgres says so too. */
  get cancelReason(): string | undefined {
    return this.cancelled?.recorded === true ? this.cancelled.reason : undefined;
  }

  get stoppingRuns(): boolean {
    return this.runScope.consideredCancelled;
  }

  get toCarry(): CarriedState {
    return { streak: this.streak, pauseCause: this.paused?.cause ?? "user" };
  }

  status = (): SweepStatus => ({
    state:
      this.cancelled !== undefined ? "cancelling" : this.paused === undefined ? "running" : this.atWork.size > 0 ? "pausing" : "paused",
    reason: this.cancelled?.reason ?? this.paused?.reason ?? null,
    concurrency: this.concurrency,
    running: this.atWork.size,
    waiting: this.queue.length,
    ended: this.ended,
  });

  /** Reads the sweep's row: a workflow that starts anew finds out here that it is paused or cancelled. */
  async open(): Promise<void> {
    const { state, reason, concurrency } = await steps.openSweep(this.sweepId);
    this.concurrency = concurrency;
    if (state === "paused") this.paused = { cause: this.carried?.pauseCause ?? "user", reason: reason ?? "paused" };
    if (state === "cancelled") this.cancelled = { reason: reason ?? "cancelled", recorded: true };
    this.opened = true;
  }

  /** Says that something happened that the main loop must look at. */
  touch(): void {
    this.changes++;
  }

  async untilTouched(): Promise<void> {
    const seen = this.changes;
    await condition(() => this.changes > seen);
  }

  /** Pauses for a cause that is not a user's, unless the sweep stands already. */
  async stop(cause: "budget" | "fault", reason: string): Promise<void> {
    if (!this.free) return;
    this.paused = { cause, reason };
    await steps.recordSweepState({ sweepId: this.sweepId, to: "paused", reason });
    this.touch();
  }

  async pause({ reason, now }: PauseRequest): Promise<void> {
    const before = this.paused;
    this.paused = { cause: "user", reason };
    try {
      await steps.recordSweepState({ sweepId: this.sweepId, to: "paused", reason });
    } catch (error) {
      // It ended at this very moment.
      this.paused = before;
      this.touch();
      throw error;
    }
    if (now === true) this.runScope.cancel();
    this.touch();
  }

  async resume(reason: string): Promise<void> {
    // Runs that are writing their checkpoints must have stopped before they may start again.
    if (this.stoppingRuns && !(await condition(() => this.atWork.size === 0 || this.cancelled !== undefined, "20 seconds")))
      refuse(`${String(this.atWork.size)} runs are still writing their checkpoints; resume again when they have stopped`);
    if (this.cancelled !== undefined || this.paused === undefined) return;
    await steps.recordSweepState({ sweepId: this.sweepId, to: "running", reason });
    this.paused = undefined;
    this.streak = noFailures;
    if (this.stoppingRuns) this.runScope = freshScope();
    this.lookAgain();
  }

  async cancel(reason: string): Promise<void> {
    this.cancelled = { reason, recorded: false };
    try {
      await steps.recordSweepState({ sweepId: this.sweepId, to: "cancelled", reason });
    } catch (error) {
      this.cancelled = undefined;
      this.touch();
      throw error;
    }
    this.cancelled = { reason, recorded: true };
    this.runScope.cancel();
    this.touch();
    await condition(() => this.atWork.size === 0);
  }

  lookAgain(): void {
    this.mayHaveMore = true;
    this.touch();
  }

  /** Registers every message, before anything is waited for. */
  listen(): void {
    setHandler(progressQuery, this.status);
    setHandler(pauseUpdate, (request) => this.answer(() => this.pause(request)), {
      validator: (request: PauseRequest) => {
        assertReason(request);
        this.refuseWhenCancelled();
        if (this.paused?.cause === "user" && request.now !== true) refuse(`the sweep is paused already: ${this.paused.reason}`);
      },
    });
    setHandler(resumeUpdate, ({ reason }) => this.answer(() => this.resume(reason)), {
      validator: (request: ResumeRequest) => {
        assertReason(request);
        this.refuseWhenCancelled();
        if (this.opened && this.paused === undefined) refuse("the sweep is not paused");
      },
    });
    setHandler(cancelUpdate, ({ reason }) => this.answer(() => this.cancel(reason)), {
      validator: (request: CancelRequest) => {
        assertReason(request);
        this.refuseWhenCancelled();
      },
    });
    setHandler(extendUpdate, (_request) => this.answer(() => this.lookAgain()), { validator: (_request) => this.refuseWhenCancelled() });
    setHandler(concurrencyUpdate, (concurrency) => this.answer(() => this.changeConcurrency(concurrency)), {
      validator: assertConcurrency,
    });
    setHandler(budgetUpdate, (budget) => this.answer(() => this.changeBudget(budget)), { validator: assertBudget });
    // A cancellation of the workflow itself, as from Temporal's own page, is a user's cancel.
    CancellationScope.current().cancelRequested.catch(() =>
      this.answer(() => (this.cancelled === undefined ? this.cancel("the workflow was cancelled in Temporal") : Promise.resolve())),
    );
  }

  private async changeConcurrency(concurrency: number): Promise<void> {
    await steps.recordConcurrency({ sweepId: this.sweepId, concurrency });
    this.concurrency = concurrency;
    this.touch();
  }

  private async changeBudget(budget: BudgetRequest): Promise<void> {
    await steps.recordBudget({ sweepId: this.sweepId, budget });
    if (this.paused?.cause === "budget") {
      await steps.recordSweepState({ sweepId: this.sweepId, to: "running", reason: "the budget was changed" });
      this.paused = undefined;
    }
    this.queue = [];
    this.lookAgain();
  }

  /** Handlers wait until the sweep's row was read, and end what they began even when the workflow is being cancelled. */
  private answer(work: () => Promise<void> | void): Promise<SweepStatus> {
    return CancellationScope.nonCancellable(async () => {
      await condition(() => this.opened);
      try {
        await work();
      } catch (error) {
        // The sender is told what went wrong, not that an activity did.
        if (error instanceof ActivityFailure && error.cause !== undefined) refuse(error.cause.message);
        throw error;
      }
      return this.status();
    });
  }

  private refuseWhenCancelled(): void {
    if (this.cancelled !== undefined) refuse("the sweep is cancelled");
  }
}

/** Not below the workflow's own scope: a cancellation reaches runs only after Postgres knows of it. */
function freshScope(): CancellationScope {
  return new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
}
