import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import * as publicSurface from "../../analysis/index.ts";

const folder = join(import.meta.dirname, "../../notebooks");
const notebookSchema = z.object({ cells: z.array(z.object({ cell_type: z.string(), source: z.array(z.string()) })) });

// Deno's kernel gives undefined for a name that a module does not export, and says nothing.
test.each(readdirSync(folder).filter((name) => name.endsWith(".ipynb")))("%s imports only what the package exports", (name) => {
  const { cells } = notebookSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
  const code = cells.flatMap(({ cell_type: kind, source }) => (kind === "code" ? source : [])).join("");
  const imported = [...code.matchAll(/import \{([^}]*)\} from "[^"]*analysis\/index\.js"/g)].flatMap(([, names = ""]) =>
    names.split(",").flatMap((text) => text.trim().split(" as ")[0] || []),
  );
  expect(imported.length).toBeGreaterThan(3);
  expect(Object.keys(publicSurface)).toEqual(expect.arrayContaining(imported));
});
