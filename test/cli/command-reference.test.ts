import { describe, expect, it } from "vitest";
import { loadCommands } from "../../cli/commands/index.ts";
import { typeCommand } from "./type-command.ts";

/** docs/command-line.md is what `--help` says; `npx vitest run --project cli test/cli/command-reference.test.ts -u` writes it. */
describe("the command-line reference", () => {
  it("is what --help says", async () => {
    const sections = [["ladder", (await typeCommand("--help")).out]];
    for (const command of await loadCommands(undefined))
      for (const verbs of [[command.name], ...(command.subcommands ?? []).map((below) => [command.name, below.name])])
        sections.push([`ladder ${verbs.join(" ")}`, (await typeCommand(...verbs, "--help")).out]);
    await expect(
      [introduction, ...sections.map(([title, text]) => `## ${title ?? ""}\n\n\`\`\`text\n${(text ?? "").trimEnd()}\n\`\`\`\n`)].join("\n"),
    ).toMatchFileSnapshot("../../docs/command-line.md");
  });
});

const introduction = `# Command line

Made from \`--help\` by a test (test/cli/command-reference.test.ts). In a checkout the command is \`./ladder\`.

- **Output.** Results go to standard output, everything else (progress, notes, errors) to standard error. \`-o table\` is for people; \`-o json\`, \`jsonl\`, \`csv\` and \`name\` are for programs and hold the result only. \`--json\` is \`-o json\`. Errors are JSON on standard error with \`--json\`.
- **Questions.** Asked only on a terminal. Without one, or with \`--json\`, a command that needs a yes ends with exit code 2 and names the flag that gives it.
- **Ctrl-C** detaches from what is followed; studies go on. Only \`ladder down\` stops the stack, and it deletes nothing.
- **Names.** A study is known by its name, a run by a unique prefix of its key, a recommendation by its id (\`rec-…\`).
`;
