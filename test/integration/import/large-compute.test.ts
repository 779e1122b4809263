import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseFitDocument } from "../../../analysis/fits/document/fit-document.ts";
import { readImportedRows } from "../../../infra/postgres/imported-rows.ts";
import { typeCommandWith } from "../../cli/type-command.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";
beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-large-"));
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs whose 6 N D is more than a signed 64-bit integer holds. */
const runs = [1e9, 4e9, 1.6e10, 7e10].flatMap((size) =>
  [2.1e10, 2e11, 1.4e12].map((tokens) => ({
    size,
    tokens,
    compute: 6 * size * tokens,
    loss: 1.8 + 400 * size ** -0.34 + 2000 * tokens ** -0.37,
  })),
);

describe("trap: 6 N D beyond signed 64 bits", () => {
  it("goes through import, Postgres and the fit of the study to the bit; a bigint would refuse it", async () => {
    expect(runs.filter(({ compute }) => compute > 2 ** 63)).toHaveLength(runs.length);
    const path = join(folder, "runs.csv");
    const lines = runs.map(({ size, tokens, loss }) => `${size},${tokens},${loss}`);
    await writeFile(path, `${["params,tokens,loss", ...lines].join("\n")}\n`);
    const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: "127.0.0.1:1" };
    const map = "N=params,D=tokens,C=6*params*tokens";
    const imported = await typeCommandWith(environment, "import", path, "--map", map, "--counting", "total", "--study", "large");
    expect({ code: imported.code, err: imported.err }).toEqual({ code: 0, err: "" });

    const stored = await readImportedRows(database.db, "large");
    expect(stored.map(({ columns }) => columns["C"])).toEqual(runs.map(({ compute }) => compute));
    await expect(
      sql.raw(`select ${Math.max(...runs.map(({ compute }) => compute)).toFixed(0)}::bigint`).execute(database.db),
    ).rejects.toThrow(/out of range/);

    const fitted = await typeCommandWith(environment, "fit", "large", "--draws", "100", "--json");
    expect({ code: fitted.code, err: fitted.err }).toEqual({ code: 0, err: "" });
    const fit = parseFitDocument(JSON.parse(fitted.out), "the fit");
    expect(fit.data.columns["C"]).toEqual(runs.map(({ compute }) => compute));
    const direct = await typeCommandWith({}, "fit", "--from", path, "--map", map, "--counting", "total", "--draws", "100", "--json");
    const ofFile = parseFitDocument(JSON.parse(direct.out), "the fit");
    expect(fit.parameters).toEqual(ofFile.parameters);
    expect(fit.parameters["alpha"]?.value).toBeCloseTo(0.34, 3);
  });
});
