// A trainer that trains nothing: it writes coordinates whose slopes over width are hyperparameters of the study, so that
// tests know what a check must say. Argument: a folder in which every start leaves a file named by its process id.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const run = JSON.parse(readFileSync(process.env.LADDER_RUN, "utf8"));
writeFileSync(join(process.argv[2], String(process.pid)), run.runKey);
const write = (line) => appendFileSync(process.env.LADDER_METRICS, `${JSON.stringify(line)}\n`);
const { sizeSlope = 0, changeSlope = 0, breaksAt = 0, mode = 0 } = run.hyperparameters;
const modes = ["scripted", "silent", "crashes", "hangs", "diverges"];

if (modes[mode] === "crashes") {
  console.error("no room on the device");
  process.exit(1);
}
if (modes[mode] === "hangs") setInterval(() => undefined, 1000);
else {
  const growth = run.scale.width / 8;
  for (const step of run.coordinates.steps) {
    const size = growth ** sizeSlope * (1 + 0.01 * run.seed);
    const change = breaksAt > 0 && step >= breaksAt ? 1 : changeSlope;
    const values = Object.fromEntries(
      ["hidden", "logits"].flatMap((module) => [
        [`l1/${module}`, 0.8 * size],
        [`rms/${module}`, size],
        [`changeRms/${module}`, step === 0 ? 0 : 0.1 * step * growth ** change],
      ]),
    );
    if (modes[mode] !== "silent") write({ event: "coordinates", step, values });
    if (modes[mode] === "diverges" && run.scale.width === 32 && step === 2) {
      write({ event: "diverged", step });
      process.exit(0);
    }
    if (step > 0) write({ step, tokens: step * run.scale.batchSizeTokens, loss: 1 });
  }
  write({ event: "done", step: run.schedule.totalSteps, loss: 1 });
}
