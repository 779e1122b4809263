/** Windows of symbols to predict: each window's first n symbols are inputs, its last n the targets. */
export interface TokenSource {
  /** `count` training windows of the update number `step`; the same for every width and learning rate of one seed. */
  trainingWindows(step: number, count: number, write: (index: number, window: ArrayLike<number>) => void): void;
  /** Held-out windows `first` … `first + count - 1` of `total`; the same for every run on this data. */
  heldOutWindows(first: number, count: number, total: number, write: (index: number, window: ArrayLike<number>) => void): void;
  /** Entropy rate in nats per token, where it is known: no model's expected loss is below it. */
  readonly entropyRate?: number;
}
