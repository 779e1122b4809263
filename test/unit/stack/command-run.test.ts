import { describe, expect, test } from "vitest";
import { describeFailure, runCommand } from "../../../infra/command-run.ts";
import { isAlive, type ProcessIdentity } from "../../../infra/processes.ts";

const node = process.execPath;
const never = new AbortController().signal;

describe("runCommand", () => {
  test("gives the exit code, the output and each line as it comes", async () => {
    const lines: string[] = [];
    const result = await runCommand(node, ["--eval", "console.log('one'); console.error('two'); process.exitCode = 3"], {
      signal: never,
      onLine: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ ended: "exit", code: 3, stdout: "one\n" });
    expect(lines.sort()).toEqual(["one", "two"]);
    expect(describeFailure("node", result)).toMatch(/^node ended with 3: /);
  });

  test("a command that does not exist is an answer, not an exception", async () => {
    const result = await runCommand("/nowhere/at/all", [], { signal: never });
    expect(result.ended).toBe("missing");
    expect(describeFailure("pip", result)).toBe("pip is not installed");
  });

  test("at its time limit and when it is interrupted, nothing of it is left", async () => {
    const started: ProcessIdentity[] = [];
    const endless = ["--eval", "setInterval(() => {}, 1000)"];
    expect(
      await runCommand(node, endless, { signal: never, timeoutMs: 200, onProcess: (identity) => started.push(identity) }),
    ).toMatchObject({ ended: "timeout" });
    const interrupt = new AbortController();
    const interrupted = runCommand(node, endless, {
      signal: interrupt.signal,
      onProcess: (identity) => {
        started.push(identity);
        interrupt.abort("stopped by the user");
      },
    });
    await expect(interrupted).rejects.toBe("stopped by the user");
    expect(started).toHaveLength(2);
    expect(started.filter((identity) => isAlive(identity))).toEqual([]);
  });
});
