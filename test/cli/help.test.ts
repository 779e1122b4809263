import { describe, expect, it } from "vitest";
import type { LadderCommand } from "../../cli/command.ts";
import { commandLoaders, loadCommands } from "../../cli/commands/index.ts";
import { typeCommand } from "./type-command.ts";

const verbs = Object.keys(commandLoaders);

// What it says, word for word, is docs/command-line.md: see command-reference.test.ts.
describe("help", () => {
  it("is shown when nothing is typed, and by the verb help", async () => {
    expect((await typeCommand()).out).toBe((await typeCommand("--help")).out);
    expect((await typeCommand("help", "plan")).out).toBe((await typeCommand("plan", "--help")).out);
  });

  it("never is wider than the terminal", async () => {
    const below = (await loadCommands(undefined)).flatMap(({ name, subcommands = [] }) => subcommands.map((sub) => [name, sub.name]));
    expect(below.length).toBeGreaterThan(4);
    for (const verb of [[], ...verbs.map((name) => [name]), ...below]) {
      const { code, out, err } = await typeCommand(...verb, "--help");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it("has a summary, a group and at least one example of every command, under its own verb", async () => {
    for (const [verb, command] of (await loadCommands(undefined)).map((loaded, index): [string | undefined, LadderCommand] => [
      verbs[index],
      loaded,
    ])) {
      expect(command.name).toBe(verb);
      expect(command.summary).toMatch(/^[a-z].*[^.]$/);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [line] of command.examples) expect(line).toContain(`ladder ${command.name}`);
      for (const below of command.subcommands ?? []) {
        expect(below.summary).toMatch(/^[a-z].*[^.]$/);
        expect(below.examples.length).toBeGreaterThan(0);
        for (const [line] of below.examples) expect(line).toContain(`ladder ${command.name} ${below.name}`);
      }
    }
  });

  it("prints the version of the package", async () => {
    expect((await typeCommand("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
