import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { predictionDocumentSchema } from "../../analysis/fits/predictions/prediction-document.ts";
import { typeCommand } from "./type-command.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/predict.md"), "utf8");
const [commands = ""] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
const runs = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));

it("the commands of docs/predict.md that need no database run as they are", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ladder-predict-page-"));
  try {
    const lines = commands.trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const words = line.split(" ").slice(1);
      const { code, err } = await typeCommand(
        ...words.map((word) => (word === "runs.csv" ? runs : word === "fit.json" ? join(folder, word) : word)),
      );
      expect({ code, err }, line).toEqual({ code: 0, err: "" });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("docs/predict.md names every member of the document", () => {
  const bookkeeping = ["kind", "formula", "asked", "codeVersion"];
  for (const name of Object.keys(predictionDocumentSchema.shape).filter((member) => !bookkeeping.includes(member)))
    expect(page).toContain(`\`${name}\``);
});
