import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCodeState } from "../../../infra/code-state.ts";
import { assertDataUnchanged, resolveData } from "../../../infra/data-source.ts";
import { resolveTrainer, resolveTrainerAgain } from "../../../infra/trainer-program.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "ladder-inputs-")));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the data of a study", () => {
  it("is the text that comes with Ladder, checked by its digest", async () => {
    expect(await resolveData({ kind: "package", id: "moby-dick", heldOutFraction: 0.05 }, folder)).toMatchObject({
      kind: "text",
      id: "moby-dick",
      sha256: "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240",
    });
  });

  it("is a text file by its content: the same text under another name is the same data", async () => {
    await writeFile(join(folder, "a.txt"), "call me");
    await writeFile(join(folder, "b.txt"), "call me");
    const [a, b] = await Promise.all(["a.txt", "b.txt"].map((path) => resolveData({ kind: "text", path, heldOutFraction: 0.1 }, folder)));
    expect(a).toMatchObject({ id: b?.id, path: join(folder, "a.txt") });
  });

  it("that is not there is an error with the path that was looked for", async () => {
    await expect(resolveData({ kind: "text", path: "nowhere.txt", heldOutFraction: 0.1 }, folder)).rejects.toMatchObject({
      kind: "input",
      code: "DATA_NOT_FOUND",
      message: `data.path: there is no file "nowhere.txt" (looked for ${join(folder, "nowhere.txt")})`,
    });
    await expect(resolveData({ kind: "external", id: "x", path: "nowhere" }, folder)).rejects.toMatchObject({ code: "DATA_NOT_FOUND" });
  });

  it("of the user's own trainer is a file by its digest, a folder by its id", async () => {
    await writeFile(join(folder, "tokens.bin"), "1");
    expect(await resolveData({ kind: "external", id: "tokens", path: "tokens.bin" }, folder)).toHaveProperty("sha256");
    expect(await resolveData({ kind: "external", id: "tokens", path: "." }, folder)).toEqual({
      kind: "external",
      id: "tokens",
      path: folder,
    });
    expect(await resolveData({ kind: "external", id: "tokens" }, folder)).toEqual({ kind: "external", id: "tokens" });
  });

  it("is refused when it has changed since it was submitted", async () => {
    await writeFile(join(folder, "a.txt"), "call me");
    const data = await resolveData({ kind: "text", path: "a.txt", heldOutFraction: 0.1 }, folder);
    await assertDataUnchanged(data);
    await writeFile(join(folder, "a.txt"), "call you");
    await expect(assertDataUnchanged(data)).rejects.toMatchObject({ kind: "conflict", code: "DATA_CHANGED" });
  });
});

describe("a trainer's identity", () => {
  const environment = process.env;
  const spec = (command: readonly string[], more: { version?: string; program?: string[] } = {}) => ({
    command: [...command],
    version: more.version ?? "1",
    ...(more.program === undefined ? {} : { program: more.program }),
  });

  it("is the content of its files and its other arguments, not where it lies", async () => {
    const digests = await Promise.all(
      ["here", "there"].map(async (name) => {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, "train.py"), "print(1)");
        return resolveTrainer(spec(["node", "train.py", "--fast"]), join(folder, name), environment);
      }),
    );
    expect(digests[0]?.programDigest).toBe(digests[1]?.programDigest);
    expect(digests[0]?.command).toEqual(["node", join(folder, "here", "train.py"), "--fast"]);
    expect((await resolveTrainer(spec(["node", "train.py", "--slow"]), join(folder, "here"), environment)).programDigest).not.toBe(
      digests[0]?.programDigest,
    );
    await writeFile(join(folder, "here", "train.py"), "print(2)");
    const changed = await resolveTrainerAgain(spec(["node", "train.py", "--fast"]), digests[0]?.command ?? [], folder, environment);
    expect(changed?.programDigest).not.toBe(digests[0]?.programDigest);
  });

  it("is the files and folders that the study lists, without what interpreters leave behind", async () => {
    await mkdir(join(folder, "model", "__pycache__"), { recursive: true });
    await writeFile(join(folder, "model", "a.py"), "a");
    const listed = () => resolveTrainer(spec(["node", "-m", "model"], { program: ["model"] }), folder, environment);
    const before = await listed();
    await writeFile(join(folder, "model", "__pycache__", "a.pyc"), "x");
    expect(await listed()).toEqual(before);
    await writeFile(join(folder, "model", "b.py"), "b");
    expect((await listed()).programDigest).not.toBe(before.programDigest);
  });

  it("that cannot be told or started is an error that says what to do", async () => {
    await expect(resolveTrainer(spec(["node", "-e", "1"]), folder, environment)).rejects.toMatchObject({
      code: "TRAINER_WITHOUT_PROGRAM",
      hint: "list the trainer's files or folders in trainer.program",
    });
    await expect(resolveTrainer(spec(["no-such-program", "x"]), folder, environment)).rejects.toMatchObject({
      kind: "input",
      code: "TRAINER_NOT_FOUND",
    });
    await expect(resolveTrainer(spec(["node", "-m", "model"], { program: ["model"] }), folder, environment)).rejects.toMatchObject({
      code: "TRAINER_NOT_FOUND",
    });
    await writeFile(join(folder, "train.sh"), "#!/bin/sh\n");
    await expect(resolveTrainer(spec(["./train.sh"]), folder, environment)).rejects.toMatchObject({ code: "TRAINER_NOT_FOUND" });
    await chmod(join(folder, "train.sh"), 0o755);
    expect((await resolveTrainer(spec(["./train.sh"]), folder, environment)).command).toEqual([join(folder, "train.sh")]);
  });

  it("of the reference trainer is its modules, its kernels and its packages, and the same every time", async () => {
    const [first, second] = [await resolveTrainer("reference", folder, environment), await resolveTrainer("reference", "/", environment)];
    expect(first).toEqual(second);
    expect(first.programDigest).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the code of an attempt", () => {
  const run = promisify(execFile);
  const git = (...parameters: string[]) =>
    run("git", parameters, {
      cwd: folder,
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
        GIT_CONFIG_GLOBAL: "/dev/null",
      },
    });

  it("is the commit, and a digest of what differs from it", async () => {
    expect(await readCodeState(folder, process.env)).toEqual({ codeCommit: null, dirtyDigest: null });
    await git("init", "-q");
    await writeFile(join(folder, "train.py"), "1");
    await git("add", ".");
    await git("commit", "-qm", "one");
    const clean = await readCodeState(folder, process.env);
    expect(clean).toEqual({ codeCommit: expect.stringMatching(/^[0-9a-f]{40}$/) as string, dirtyDigest: null });
    await writeFile(join(folder, "train.py"), "2");
    const changed = await readCodeState(folder, process.env);
    expect(changed).toEqual({ codeCommit: clean.codeCommit, dirtyDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    await writeFile(join(folder, "new.py"), "3");
    expect((await readCodeState(folder, process.env)).dirtyDigest).not.toBe(changed.dirtyDigest);
  });
});
