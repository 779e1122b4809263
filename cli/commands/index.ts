import type { LadderCommand } from "../command.ts";

/**
 * Every verb, in the order of `ladder --help` within its group. One line a command: what a verb imports is loaded when it
 * is typed, so that `ladder list` does not pay for Temporal's client.
 */
export const commandLoaders = {
  up: async () => (await import("./up.ts")).upCommand,
  down: async () => (await import("./down.ts")).downCommand,
  status: async () => (await import("./status.ts")).statusCommand,
  worker: async () => (await import("./worker.ts")).workerCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  init: async () => (await import("./init.ts")).initCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  submit: async () => (await import("./submit.ts")).submitCommand,
  list: async () => (await import("./list.ts")).listCommand,
  show: async () => (await import("./show.ts")).showCommand,
  watch: async () => (await import("./watch.ts")).watchCommand,
  logs: async () => (await import("./logs.ts")).logsCommand,
  pause: async () => (await import("./pause.ts")).pauseCommand,
  resume: async () => (await import("./resume.ts")).resumeCommand,
  extend: async () => (await import("./extend.ts")).extendCommand,
  cancel: async () => (await import("./cancel.ts")).cancelCommand,
  retry: async () => (await import("./retry.ts")).retryCommand,
  "coordinate-check": async () => (await import("./coordinate-check.ts")).coordinateCheckCommand,
  parametrization: async (below) => (await import("./parametrization.ts")).loadParametrizationCommand(below),
  transfer: async () => (await import("./transfer.ts")).transferCommand,
  fit: async () => (await import("./fit.ts")).fitCommand,
  predict: async () => (await import("./predict.ts")).predictCommand,
  allocate: async () => (await import("./allocate.ts")).allocateCommand,
  checklist: async () => (await import("./checklist.ts")).checklistCommand,
  sensitivity: async () => (await import("./sensitivity.ts")).sensitivityCommand,
  plot: async () => (await import("./plot.ts")).plotCommand,
  backtest: async () => (await import("./backtest.ts")).backtestCommand,
  recommend: async () => (await import("./recommend.ts")).recommendCommand,
  apply: async () => (await import("./apply.ts")).applyCommand,
  report: async () => (await import("./report.ts")).reportCommand,
  import: async () => (await import("./import.ts")).importCommand,
  export: async () => (await import("./export.ts")).exportCommand,
} as const satisfies Readonly<Record<string, (below?: string) => Promise<LadderCommand>>>;

/**
 * The one command of a verb, or all of them when the verb is none (help, a typing error).
 *
 * @param below the word after the verb: the verb below it, where there are such
 */
export async function loadCommands(verb: string | undefined, below?: string): Promise<readonly LadderCommand[]> {
  const named = Object.entries<(below?: string) => Promise<LadderCommand>>(commandLoaders).filter(([name]) => name === verb);
  if (named.length > 0) return Promise.all(named.map(([, load]) => load(below)));
  return Promise.all(Object.values<(below?: string) => Promise<LadderCommand>>(commandLoaders).map((load) => load()));
}
