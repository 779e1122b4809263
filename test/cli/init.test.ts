import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listExamples } from "../../operations/init-study.ts";
import { typeCommand, typeCommandWith } from "./type-command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-init-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("init", () => {
  it("writes a study that plan accepts as it is, and says what comes next", async () => {
    const { code, out } = await typeCommand("init", join(folder, "first"));
    expect(code).toBe(0);
    expect(out).toContain("next: ladder plan ");
    const file = join(folder, "first", "study.yaml");
    expect(await readFile(file, "utf8")).toMatch(/^#/);
    expect((await typeCommand("plan", file)).code).toBe(0);
  });

  it("never overwrites unless told to", async () => {
    const target = join(folder, "second");
    await typeCommand("init", target);
    expect(await typeCommand("init", target)).toMatchObject({ code: 4, out: "" });
    expect((await typeCommand("init", target, "--force")).code).toBe(0);
  });

  it("lists the examples when the one asked for is unknown", async () => {
    const { code, err } = await typeCommand("init", join(folder, "third"), "--example", "nothing");
    expect(code).toBe(3);
    for (const { name } of await listExamples()) expect(err).toContain(name);
  });

  it("writes every example so that plan accepts it", async () => {
    for (const { name } of await listExamples()) {
      const target = join(folder, name);
      expect((await typeCommand("init", target, "--example", name)).code).toBe(0);
      const { code, err } = await typeCommandWith({ PATH: process.env["PATH"] ?? "" }, "plan", join(target, "study.yaml"));
      // Trainers of one's own bring their language; where Python is allowed to be missing, plan says that it is.
      const lacksPython = process.env["LADDER_REQUIRE_ALL"] !== "1" && err.includes('"python3" is not a program on PATH');
      if (!lacksPython) expect({ name, code, err }).toEqual({ name, code: 0, err: "" });
    }
  });
});
