interface Waiter {
  readonly holder: string;
  readonly limit: number;
  readonly admit: () => void;
}

/**
 * How many runs are at work at a time, first come first served. A holder that asks twice (two sweeps that share a run)
 * takes one slot. Limits may differ between askers: each is admitted when fewer than its own limit are held.
 */
export class Slots {
  private readonly holders = new Map<string, number>();
  private readonly waiters = new Set<Waiter>();

  get held(): number {
    return this.holders.size;
  }

  /** Counts a holder in without asking for room: it is at work already. */
  occupy(holder: string): () => void {
    this.holders.set(holder, (this.holders.get(holder) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const count = (this.holders.get(holder) ?? 1) - 1;
      if (count > 0) this.holders.set(holder, count);
      else this.holders.delete(holder);
      this.admitWaiters();
    };
  }

  /**
   * Waits for room.
   *
   * @throws the signal's reason when it is aborted while waiting
   */
  async acquire(holder: string, limit: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.mayEnter(holder, limit)) return this.occupy(holder);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiters.delete(waiter);
        reject(signal.reason instanceof Error ? signal.reason : new Error("no longer waiting for a slot"));
      };
      const waiter: Waiter = {
        holder,
        limit,
        admit: () => {
          signal.removeEventListener("abort", leave);
          this.waiters.delete(waiter);
          resolve(this.occupy(holder));
        },
      };
      this.waiters.add(waiter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  private mayEnter(holder: string, limit: number): boolean {
    return this.holders.has(holder) || this.holders.size < limit;
  }

  private admitWaiters(): void {
    for (const waiter of [...this.waiters]) if (this.mayEnter(waiter.holder, waiter.limit)) waiter.admit();
  }
}
