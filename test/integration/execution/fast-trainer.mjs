// A trainer that speaks the contract and trains nothing: what it does is in the run's hyperparameters (all optional).
//   steps, stepMs    how long it takes
//   divergeAtStep    says `diverged` there        nanAtStep   loss NaN from there on, then exit 1
//   crashAtStep      exit 1 with a message        crashOnce   … but only in the first attempt
//   silent           no `done` line               ignoreTerm  does not stop on SIGTERM
//   preemptAtStep    stops itself as if told to, in the first attempt
//   hangAtStep       says nothing more and goes on for ever, in the first attempt
//   badLineAtStep    writes a line there that is no JSON
//   logsRates        1: logs the resolved rate of every group; 2: one absolute rate for all; 3: hidden without its factor;
//                    4: the schedule begins again in a resumed attempt. Without it a rate that nobody resolved
// Every start and every end is one line in the file at FAST_TRAINER_JOURNAL: what really ran, whoever asks.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const run = JSON.parse(readFileSync(process.env.LADDER_RUN, "utf8"));
const wishes = { steps: 5, stepMs: 2, learningRate: 0.01, ...run.hyperparameters };
const say = (line) => appendFileSync(process.env.LADDER_METRICS, `${JSON.stringify(line)}\n`);
const journal = (event) =>
  process.env.FAST_TRAINER_JOURNAL &&
  appendFileSync(
    process.env.FAST_TRAINER_JOURNAL,
    `${JSON.stringify({ event, runKey: run.runKey, attempt: run.attempt, pid: process.pid, resumeFrom: run.resumeFrom })}\n`,
  );

let stopAsked = false;
process.on("SIGTERM", () => {
  if (wishes.ignoreTerm === undefined) stopAsked = true;
});
journal("start");

const firstStep = run.resumeFrom === null ? 0 : JSON.parse(readFileSync(run.resumeFrom, "utf8")).step;
if (firstStep > 0) say({ event: "resumed", firstStep });
const tokensPerStep = run.scale.batchSizeTokens;
const lossAt = (step) => 1 + 1 / (1 + step) + (Math.log2(wishes.learningRate) + 6) ** 2 / 100;
// A constant schedule, so that only what a mistake changes differs; 4 has a warm-up of as many steps as it trains.
const ratesAt = (update) => {
  const rate = (row) => {
    if (wishes.logsRates === 2) return wishes.learningRate;
    if (wishes.logsRates === 3 && row.role === "hidden") return wishes.learningRate;
    return row.learningRate;
  };
  const { warmupSteps } = run.schedule;
  const factor = update < warmupSteps ? (update + 1) / warmupSteps : 1;
  return Object.fromEntries(run.tensors.map((row) => [`learningRate/${row.group}`, rate(row) * factor]));
};
const loggedRates = (step) => {
  if (wishes.logsRates === undefined) return { "learningRate/hidden": wishes.learningRate };
  return ratesAt(wishes.logsRates === 4 ? step - firstStep : step);
};
const checkpointAndLeave = (step) => {
  const path = join(run.checkpoint.folder, `step-${step}.json`);
  mkdirSync(run.checkpoint.folder, { recursive: true });
  writeFileSync(path, JSON.stringify({ step }));
  say({ event: "checkpoint", step, path });
  journal("preempted");
  process.exit(75);
};

for (let step = firstStep; step < wishes.steps; step++) {
  await new Promise((resolve) => setTimeout(resolve, wishes.stepMs));
  if (wishes.divergeAtStep === step) {
    say({ step, loss: "NaN" });
    say({ event: "diverged", step });
    process.exit(0);
  }
  if (wishes.crashAtStep === step && (wishes.crashOnce === undefined || run.attempt === 1)) {
    console.error(`RuntimeError: shapes do not match at step ${step}`);
    process.exit(1);
  }
  if (wishes.hangAtStep === step && run.attempt === 1) {
    while (!stopAsked) await new Promise((resolve) => setTimeout(resolve, 20));
    checkpointAndLeave(step);
  }
  if (wishes.badLineAtStep === step) appendFileSync(process.env.LADDER_METRICS, "epoch 1 done!\n");
  const nan = wishes.nanAtStep !== undefined && step >= wishes.nanAtStep;
  say({ step, tokens: (step + 1) * tokensPerStep, loss: nan ? "NaN" : lossAt(step), ...loggedRates(step) });
  if (nan) process.exit(1);
  if (stopAsked || (wishes.preemptAtStep === step && run.attempt === 1)) checkpointAndLeave(step + 1);
}
if (wishes.silent === undefined)
  say({ event: "done", step: wishes.steps, tokens: wishes.steps * tokensPerStep, loss: lossAt(wishes.steps), cpuSeconds: 0.01 });
journal("end");
