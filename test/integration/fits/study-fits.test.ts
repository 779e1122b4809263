import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseFitDocument } from "../../../analysis/fits/document/fit-document.ts";
import { openFit } from "../../../analysis/fits/document/open-fit.ts";
import { recomputeFit } from "../../../analysis/fits/predictions/recompute-fit.ts";
import { getFit, listFits } from "../../../infra/postgres/fits.ts";
import { readFileOfRuns, storeImport } from "../../../operations/import-runs.ts";
import { typeCommandWith } from "../../cli/type-command.ts";
import { finishRuns, prepareMeasured, writeMeasured } from "../cli/measured-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";
const prepared = prepareMeasured();

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-fits-"));
  await writeMeasured(database.db, prepared);
  await finishRuns(database.db, prepared.trials, (trial) =>
    trial.parametrization === "mup" && trial.scale.width === 128 && (trial.hyperparameters["learningRate"] ?? 0) > 2 ** -4
      ? "diverged"
      : "finished",
  );
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const type = (...words: readonly string[]) => typeCommandWith({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "nowhere:1" }, ...words);
const onlyMup = ["--where", 'parametrization == "mup"', "--law", "power-of-size", "--draws", "100"] as const;

async function importRows(study: string, lines: readonly string[]): Promise<void> {
  const path = join(folder, `${study}.csv`);
  await writeFile(path, `${lines.join("\n")}\n`);
  await storeImport({ db: database.db }, await readFileOfRuns(path, { counting: "total" }), { study, replace: false });
}

describe("a fit of a study's runs", () => {
  it("takes the best trial of each size with all its seeds, links their runs, and says of every other run why not", async () => {
    const { code, out } = await type("fit", "measured", ...onlyMup, "--json");
    expect(code).toBe(0);
    const fit = parseFitDocument(JSON.parse(out), "what fit printed");
    // Four widths, two seeds each.
    expect(fit.rows.used).toBe(8);
    expect(fit.study).toBe("measured");
    expect(fit.warnings.join("\n")).toContain("the best of up to 9 trials stands for each N");
    const reasons = new Map<string, number>();
    for (const { reason } of fit.rows.excluded) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    expect(Object.fromEntries(reasons)).toEqual({
      'not parametrization == "mup"': 72,
      diverged: 2,
      "not the best of its N": 72 - 8 - 2,
    });
    expect(fit.rows.excluded.every(({ label }) => /^run [0-9a-f]{12}$/.test(label ?? ""))).toBe(true);
    const stored = await getFit(database.db, fit.id ?? "");
    expect(stored.runKeys).toHaveLength(8);
    expect(stored).toMatchObject({ study: "measured", law: "power-of-size" });
  });

  it("is kept once, comes back as it was printed, and is fitted again to the last bit", async () => {
    const printed = (await type("fit", "measured", ...onlyMup, "--json")).out;
    expect((await type("fit", "measured", ...onlyMup, "--json")).out).toBe(printed);
    const fits = await listFits(database.db, "measured");
    expect(fits).toHaveLength(1);
    const [kept] = fits;
    const document = parseFitDocument({ ...kept?.content, id: kept?.id }, "the database");
    expect(document).toEqual(JSON.parse(printed));
    expect(recomputeFit(openFit(document))).toEqual([]);
  });

  it("is shown with its study, and by its id", async () => {
    const id = (await listFits(database.db, "measured"))[0]?.id ?? "";
    expect((await type("show", "measured")).out).toContain(`  ${id}  power-of-size: 8 rows, no larger run held out`);
    const { code, out } = await type("show", id);
    expect(code).toBe(0);
    expect(out).toContain("power-of-size: loss = A / N^alpha");
    expect(out).toContain(`kept as ${id}: ladder predict ${id} --at N=`);
    expect((await type("show", "fit-0000000000")).code).toBe(3);
  });

  it("refuses rows of two parametrizations by name, and says how to choose", async () => {
    const { code, err } = await type("fit", "measured", "--law", "power-of-size");
    expect(code).toBe(2);
    const words = err.replace(/\s+/g, " ");
    expect(words).toContain("study measured holds rows of parametrization mup, sp, which one law must not pool");
    expect(words).toContain(`--where 'parametrization == "mup"'`);
  });

  it("counts N as asked, and refuses a count that imported rows do not have", async () => {
    const sizes = async (counting: string): Promise<readonly number[]> => {
      const { out } = await type("fit", "measured", ...onlyMup, "--counting", counting, "--json");
      const document = parseFitDocument(JSON.parse(out), counting);
      expect(document.counting).toBe(counting);
      return document.data.columns["N"] ?? [];
    };
    const [total, nonEmbedding] = [await sizes("total"), await sizes("non-embedding")];
    expect(total.every((size, row) => size > (nonEmbedding[row] ?? Infinity))).toBe(true);
    await importRows("counted", ["N,D,loss", "1e7,1e9,3.5", "2e7,1e9,3.25", "4e7,1e9,3.05"]);
    const refused = await type("fit", "counted", "--law", "power-of-size", "--counting", "non-embedding");
    expect(refused.code).toBe(4);
    expect(refused.err).toContain("--counting total");
  });
});

describe("a fit of imported rows", () => {
  const line = (size: number, tokens: number): string => `${size},${tokens},${1.7 + 400 / size ** 0.34 + 400 / tokens ** 0.28}`;
  const runs = ["N,D,loss", ...[1e8, 4e8, 1.6e9].flatMap((size) => [2e9, 8e9, 3.2e10].map((tokens) => line(size, tokens)))];

  it("needs no study of its own, and is kept under its name", async () => {
    await importRows("elsewhere", runs);
    const { code, out } = await type("fit", "elsewhere", "--draws", "100", "--json");
    expect(code).toBe(0);
    const fit = parseFitDocument(JSON.parse(out), "what fit printed");
    expect(fit.parameters["alpha"]?.value).toBeCloseTo(0.34, 3);
    expect(fit.data.labels?.[0]).toMatch(/^import-[0-9a-f]{10} line 2$/);
    expect((await getFit(database.db, fit.id ?? "")).studyId).toBeNull();
  });

  it("of a file is kept under a study's name, the same as the file that --output writes but for its id", async () => {
    const [path, written] = [join(folder, "runs.csv"), join(folder, "fit.json")];
    await writeFile(path, `${runs.join("\n")}\n`);
    const { code, out } = await type("fit", "--from", path, "--draws", "100", "--study", "filed", "--output", written, "-o", "name");
    expect({ code, id: out }).toEqual({ code: 0, id: expect.stringMatching(/^fit-[0-9a-f]{10}\n$/) as unknown });
    const document = parseFitDocument(JSON.parse(await readFile(written, "utf8")), written);
    expect(document).toMatchObject({ id: out.trim(), study: "filed", source: "runs.csv" });
    expect((await listFits(database.db, "filed")).map(({ id }) => id)).toEqual([out.trim()]);
  });

  it("of a study that does not exist is missing, with the names that are near", async () => {
    const { code, err } = await type("fit", "measurd");
    expect(code).toBe(3);
    expect(err).toContain("did you mean measured?");
  });
});
