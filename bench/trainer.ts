/**
 * `npm run bench:trainer`: the reference trainer against the same models in plain JavaScript and, where it is installed, in
 * PyTorch on one CPU thread (LADDER_PYTHON or python3). Contestants take turns in short windows, so that a busy machine
 * slows all of them; each figure is the median over windows, each ratio the median of the windows' ratios.
 */
import { mlpBatch, ownMlp, ownTransformer } from "./trainer/own-networks.ts";
import { plainMultilayerPerceptron } from "./trainer/plain-multilayer-perceptron.ts";
import { startTorchPeer } from "./trainer/torch-peer.ts";

const windows = 15;
/** Length of a window: long enough for the clock, short enough to take turns. */
const windowMilliseconds = 150;

interface Contest {
  readonly name: string;
  readonly target: number;
  readonly own: (steps: number) => number | Promise<number>;
  readonly peer: (steps: number) => number | Promise<number>;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds per step of `step`, whose number goes on from window to window. */
function timed(step: (number: number) => number): (steps: number) => number {
  let number = 0;
  return (steps) => {
    const start = performance.now();
    for (let i = 0; i < steps; i += 1) step(number++);
    return (performance.now() - start) / steps;
  };
}

async function compare({ name, target, own, peer }: Contest): Promise<boolean> {
  const stepsFor = async (run: Contest["own"]) => {
    await run(30); // Warm-up: compilation and caches.
    return Math.max(2, Math.round(windowMilliseconds / (await run(5))));
  };
  const ownSteps = await stepsFor(own);
  const peerSteps = await stepsFor(peer);
  const ownTimes: number[] = [];
  const peerTimes: number[] = [];
  for (let window = 0; window < windows; window += 1) {
    ownTimes.push(await own(ownSteps));
    peerTimes.push(await peer(peerSteps));
  }
  const ratio = median(ownTimes.map((time, window) => (peerTimes[window] ?? Number.NaN) / time));
  const reached = ratio >= target;
  console.log(
    `${name.padEnd(44)} ${median(ownTimes).toFixed(3).padStart(8)} ms  peer ${median(peerTimes).toFixed(3).padStart(8)} ms  ` +
      `ratio ${ratio.toFixed(2).padStart(6)}  target ${target.toFixed(2)}  ${reached ? "reached" : "MISSED"}`,
  );
  return reached;
}

const results: boolean[] = [];
const mlp = await ownMlp(512);
const plainStep = plainMultilayerPerceptron(512, mlpBatch, mlp.weights);
const plain = (number: number) => {
  const batch = mlp.batches[number % mlp.batches.length];
  if (batch === undefined) throw new Error("no batch");
  return plainStep(number, batch.inputs, batch.labels, 1e-3);
};
const difference = Math.abs(
  (await ownMlp(512)).step(0) -
    plainMultilayerPerceptron(512, mlpBatch, mlp.weights)(
      0,
      mlp.batches[0]?.inputs ?? new Float32Array(),
      mlp.batches[0]?.labels ?? new Int32Array(),
      1e-3,
    ),
);
if (!(difference < 1e-4)) throw new Error(`the peers do not train the same model: first losses differ by ${difference}`);
results.push(await compare({ name: "MLP h=512 against plain JavaScript", target: 5, own: timed(mlp.step), peer: timed(plain) }));

const torch = await startTorchPeer();
if (typeof torch === "string") {
  console.log(`against PyTorch: skipped (${torch}); set LADDER_PYTHON to a Python with torch`);
} else {
  const name = `PyTorch ${torch.version}, 1 thread`;
  results.push(
    await compare({
      name: `MLP h=512 against ${name}`,
      target: 0.35,
      own: timed(mlp.step),
      peer: (steps) => torch.window("mlp", 512, steps),
    }),
  );
  for (const [width, target] of [
    [16, 1],
    [32, 1],
    [64, 0.9],
  ] as const) {
    const step = await ownTransformer(width);
    results.push(
      await compare({
        name: `transformer d=${width} against ${name}`,
        target,
        own: timed(step),
        peer: (steps) => torch.window("transformer", width, steps),
      }),
    );
  }
  torch.stop();
}
process.exitCode = results.every(Boolean) ? 0 : 1;
