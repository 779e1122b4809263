import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileTail } from "../../../infra/trainer-contract/file-tail.ts";
import { RunOutput } from "../../../infra/trainer-contract/run-output.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-tail-"));
});
afterEach(() => rm(folder, { recursive: true }));

const texts = async (tail: FileTail) => (await tail.read()).lines.map((line) => line.text);

describe("following a file", () => {
  it("waits for a file that does not exist yet", async () => {
    const tail = new FileTail(join(folder, "m"));
    expect(await texts(tail)).toEqual([]);
    await writeFile(join(folder, "m"), "a\n");
    expect(await texts(tail)).toEqual(["a"]);
  });

  it("leaves a half-written last line until it is complete", async () => {
    const tail = new FileTail(join(folder, "m"));
    await writeFile(join(folder, "m"), "a\nb");
    expect(await texts(tail)).toEqual(["a"]);
    await appendFile(join(folder, "m"), "c\nd");
    expect(await texts(tail)).toEqual(["bc"]);
    expect(tail.finish().map((line) => line.text)).toEqual(["d"]);
  });

  it("begins again when the file is truncated, and when it is rewritten longer than before", async () => {
    const tail = new FileTail(join(folder, "m"));
    await writeFile(join(folder, "m"), "one\ntwo\n");
    await tail.read();
    await truncate(join(folder, "m"), 0);
    await appendFile(join(folder, "m"), "x\n");
    expect(await tail.read()).toMatchObject({ restarts: ["truncated"], lines: [{ text: "x" }] });
    await writeFile(join(folder, "m"), "yy\nzz\n");
    expect(await tail.read()).toMatchObject({ restarts: ["rewritten"], lines: [{ text: "yy" }, { text: "zz" }] });
  });

  it("reads what was written before a rotation and what comes after it", async () => {
    const tail = new FileTail(join(folder, "m"));
    await writeFile(join(folder, "m"), "one\n");
    expect(await texts(tail)).toEqual(["one"]);
    await appendFile(join(folder, "m"), "two\n");
    await rename(join(folder, "m"), join(folder, "m.1"));
    await writeFile(join(folder, "m"), "three\n");
    expect(await tail.read()).toMatchObject({ restarts: ["rotated"], lines: [{ text: "two" }, { text: "three" }] });
  });

  it("reads large files in bounded batches, and all of them", async () => {
    const count = 700_000;
    await writeFile(join(folder, "m"), "0123456\n".repeat(count));
    const tail = new FileTail(join(folder, "m"));
    let [lines, batches] = [0, 0];
    for (let more = true; more; batches++) {
      const batch = await tail.read();
      lines += batch.lines.length;
      more = batch.more;
    }
    expect([lines, batches]).toEqual([count, 6]);
  });
});

describe("following a trainer", () => {
  it("counts, keeps and shows bad lines and goes on", async () => {
    const output = new RunOutput({ metrics: join(folder, "m"), stdout: join(folder, "o") });
    await writeFile(join(folder, "m"), '{"step":0,"loss":3}\noops\n{"step":1,"loss":2,"x":[]}\n');
    const batch = await output.read();
    expect(batch.points.map((point) => point.value)).toEqual([3, 2]);
    expect(batch.badLines).toEqual([
      { source: "metrics", number: 2, text: "oops", problem: "not a JSON object" },
      { source: "metrics", number: 3, text: '{"step":1,"loss":2,"x":[]}', problem: "`x` is not a number" },
    ]);
    expect(output.record).toMatchObject({ lastStep: 1, lastLoss: 2, done: null });
  });

  it("lets the step go back", async () => {
    const output = new RunOutput({ metrics: join(folder, "m"), stdout: join(folder, "o") });
    await writeFile(join(folder, "m"), '{"step":5,"loss":3}\n{"step":2,"loss":4}\n');
    expect((await output.read()).points.map((point) => point.step)).toEqual([5, 2]);
  });

  it("reads the same lines behind the prefix from stdout, progress bars and all", async () => {
    const output = new RunOutput({ metrics: join(folder, "m"), stdout: join(folder, "o") });
    await writeFile(
      join(folder, "o"),
      'loading\n 50% #####\rLADDER: {"step":1,"loss":2}\n{"step":9}\nLADDER: {"event":"done","step":2,"loss":1}',
    );
    const read = await output.read();
    expect(read.points).toEqual([{ name: "loss", step: 1, value: 2 }]);
    expect(read.badLines).toEqual([]);
    output.finish();
    expect(output.record.done).toMatchObject({ step: 2, loss: 1 });
  });

  it("stores coordinates as metrics, and NaN among them", async () => {
    const output = new RunOutput({ metrics: join(folder, "m"), stdout: join(folder, "o") });
    await writeFile(join(folder, "m"), '{"event":"coordinates","step":3,"values":{"block.0":"NaN","head":2}}\n');
    expect((await output.read()).points).toEqual([
      { name: "coordinates/block.0", step: 3, value: Number.NaN },
      { name: "coordinates/head", step: 3, value: 2 },
    ]);
  });
});
