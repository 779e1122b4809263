import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePredictionDocument, type PredictionDocument } from "../../../analysis/fits/predictions/prediction-document.ts";
import { listPredictions } from "../../../infra/postgres/predictions.ts";
import { readSettings } from "../../../infra/settings.ts";
import { readFileOfRuns, storeImport } from "../../../operations/import-runs.ts";
import { scorePredictions } from "../../../operations/score-predictions.ts";
import { verifyFile } from "../../../operations/verify-fit.ts";
import { typeCommandWith } from "../../cli/type-command.ts";
import { finishRuns, prepareMeasured, writeMeasured } from "../cli/measured-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-predictions-"));
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: "nowhere:1" });
const type = (...words: readonly string[]) => typeCommandWith(environment(), ...words);

const lossAt = (size: number, tokens: number): number => 1.7 + 400 / size ** 0.34 + 400 / tokens ** 0.28;
const header = "N,D,loss";
const line = (size: number, tokens: number, off = 0): string => `${size},${tokens},${lossAt(size, tokens) * (1 + off)}`;
/** Two seeds' worth of noise that is always the same. */
const ladder = [1e8, 2e8, 4e8, 8e8, 1.6e9].flatMap((size, index) =>
  [2e9, 8e9, 3.2e10].map((tokens, step) => line(size, tokens, 0.002 * ((index + 2 * step) % 3) - 0.002)),
);

async function importRows(study: string, lines: readonly string[], replace = false): Promise<void> {
  const path = join(folder, `${study}.csv`);
  await writeFile(path, `${[header, ...lines].join("\n")}\n`);
  await storeImport({ db: database.db }, await readFileOfRuns(path, { counting: "total" }), { study, replace });
}

async function fitOf(study: string): Promise<string> {
  const { code, out, err } = await type("fit", study, "--draws", "100", "-o", "name");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out.trim();
}

async function register(fit: string, place: string): Promise<PredictionDocument> {
  const { code, out, err } = await type("predict", fit, "--at", place, "--register", "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return parsePredictionDocument(JSON.parse(out), "what predict printed");
}

describe("a registered prediction", () => {
  it("is dated, kept once, said, and never changed or removed", async () => {
    await importRows("dated", ladder);
    const fit = await fitOf("dated");
    const first = await register(fit, "N=1.28e10,D=2.56e11");
    expect(first.registered).toMatchObject({ id: expect.stringMatching(/^pred-[0-9a-f]{10}$/) as unknown, study: "dated" });
    expect(first.fit).toMatchObject({ id: fit, study: "dated" });
    expect((await register(fit, "N=1.28e10,D=2.56e11")).registered).toEqual(first.registered);
    expect(await listPredictions(database.db, "dated")).toHaveLength(1);
    for (const statement of [
      "update registered_predictions set content = jsonb_set(content, '{value}', '1')",
      "update registered_predictions set registered_at = '2020-01-01'",
      "delete from registered_predictions",
      "truncate registered_predictions",
      `delete from fits where id = '${fit}'`,
    ])
      await expect(sql.raw(statement).execute(database.db), statement).rejects.toBeDefined();
    const before = await listPredictions(database.db, "dated");
    // Nobody dates one back.
    await sql`insert into registered_predictions
      select 'pred-0000000000', 'backdated', fit_id, repeat('0', 64), law, content, code_version, '2020-01-01' from registered_predictions
      where study = 'dated'`.execute(database.db);
    expect((await listPredictions(database.db, "backdated"))[0]?.registeredAt.getFullYear()).toBeGreaterThan(2020);
    expect(await listPredictions(database.db, "dated")).toEqual(before);
    const { out } = await type("predict", fit, "--at", "N=1.28e10,D=2.56e11", "--register");
    expect(out.replace(/\s+/g, " ")).toContain(
      `registered as ${first.registered?.id ?? ""} for study dated on ${first.registered?.at ?? ""}`,
    );
  });

  it("comes out of the database as it was printed, and is verified with the fit that is kept there", async () => {
    const [kept] = await listPredictions(database.db, "dated");
    const printed = await register(kept?.fitId ?? "", "N=1.28e10,D=2.56e11");
    const { registered, ...content } = printed;
    expect(kept?.content).toEqual(content);
    expect(registered?.at).toBe(kept?.registeredAt.toISOString());
    const path = join(folder, "prediction.json");
    await writeFile(path, JSON.stringify(printed));
    expect(await verifyFile(readSettings(environment(), "/nowhere"), path)).toMatchObject([
      { matches: true, unchecked: [], differences: [] },
    ]);
  });

  it("needs a fit that is kept", async () => {
    const { code, err } = await type("predict", "fit-0000000000", "--at", "N=1e10,D=1e11", "--register");
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining("fit-0000000000") as unknown });
    expect((await type("predict", "--scores")).code).toBe(0);
    expect((await type("predict", "nothing", "--scores")).code).toBe(3);
  });
});

describe("the score of registered predictions", () => {
  it("waits for runs, takes those that are imported later, and knows those that were there before", async () => {
    await importRows("scored", ladder);
    const fit = await fitOf("scored");
    const large = await register(fit, "N=1.28e10,D=2.56e11");
    const known = await register(fit, "N=1.6e9,D=3.2e10");
    await register(fit, "N=6.4e9,D=1.28e11");
    const waiting = await scorePredictions({ db: database.db }, "scored");
    expect(waiting.total).toEqual({ predictions: 3, scored: 0, runs: 0, inside: 0, interval95: null });
    expect(waiting.predictions[1]).toMatchObject({ id: known.registered?.id, runs: [], knownBefore: [{ inside: true }] });

    // The size as its model says it, not as it was asked: within 1 %.
    const arrived = [line(1.285e10, 2.55e11), line(1.28e10, 2.57e11, 0.2), line(1.2e10, 2.56e11), line(3.2e9, 6.4e10)];
    await importRows("scored", [...ladder, ...arrived]);
    const { total, predictions } = await scorePredictions({ db: database.db }, "scored");
    const [first, second, third] = predictions;
    expect(first?.runs).toMatchObject([
      { run: expect.stringMatching(/^import-[0-9a-f]{10} line 17$/) as unknown, inside: true },
      { measured: lossAt(1.28e10, 2.57e11) * 1.2, inside: false },
    ]);
    expect(first?.runs[0]?.error).toBe(large.value / lossAt(1.285e10, 2.55e11) - 1);
    expect([second?.runs, third?.runs]).toEqual([[], []]);
    expect(total).toMatchObject({
      predictions: 3,
      scored: 1,
      runs: 2,
      inside: 1,
      interval95: [expect.closeTo(0.0126, 4), expect.closeTo(0.9874, 4)],
    });
    const { code, out } = await type("predict", "scored", "--scores");
    expect(code).toBe(0);
    expect(out).toMatch(/import-[0-9a-f]{10} line 17 +2\.1\d+ +inside \(\+0\.\d\d %\)\n/);
    expect(out).toMatch(/outside \(−1\d\.\d\d %\)\n/);
    expect(out).toMatch(/known before \(. ?0\.\d\d %\)\n/);
    expect(out.replace(/\s+/g, " ")).toContain(
      "3 predictions registered, 1 of them scored; 1 of 2 runs inside the interval of one new run",
    );
    expect(out.split("\n").filter((row) => row.length > 80)).toEqual([]);
  });

  it("does not take a row that was there before for a new one when it is imported again", async () => {
    await importRows("again", [...ladder, line(1.28e10, 2.56e11)]);
    const { out } = await type("fit", "again", "--where", "N < 1e10", "--draws", "100", "-o", "name");
    // The fit saw smaller runs only, but whoever predicts could have looked.
    await register(out.trim(), "N=1.28e10,D=2.56e11");
    await importRows("again", [line(1.28e10, 2.56e11, 0.001)], true);
    const { predictions } = await scorePredictions({ db: database.db }, "again");
    expect(predictions[0]?.runs).toEqual([]);
    expect(predictions[0]?.knownBefore).toHaveLength(1);
  });

  it("of a fit whose study has no runs yet says so and waits", async () => {
    const path = join(folder, "filed.csv");
    await writeFile(path, `${[header, ...ladder].join("\n")}\n`);
    const { out } = await type("fit", "--from", path, "--counting", "total", "--draws", "100", "--study", "filed", "-o", "name");
    await register(out.trim(), "N=1.28e10,D=2.56e11");
    const { predictions } = await scorePredictions({ db: database.db }, "filed");
    expect(predictions[0]?.unread).toContain("filed");
    await importRows("filed", [line(1.28e10, 2.56e11)]);
    expect((await scorePredictions({ db: database.db }, "filed")).predictions[0]).toMatchObject({ unread: null, runs: [{ inside: true }] });
  });

  it("takes runs that Ladder trains: the best trial of the design, finished after the registration", async () => {
    const prepared = prepareMeasured();
    await writeMeasured(database.db, prepared);
    const isLarge = ({ scale }: { readonly scale: { readonly width: number } }): boolean => scale.width === 128;
    await finishRuns(
      database.db,
      prepared.trials.filter((trial) => !isLarge(trial)),
      () => "finished",
    );
    const choice = ["--where", 'parametrization == "mup"', "--law", "power-of-size", "--draws", "100", "--counting", "total"] as const;
    const { out, err } = await type("fit", "measured", ...choice, "-o", "name");
    expect(err).toBe("");
    const large = prepared.trials.find((trial) => trial.parametrization === "mup" && isLarge(trial));
    await register(out.trim(), `N=${large?.scale.parameterCountTotal ?? 0}`);
    expect((await scorePredictions({ db: database.db }, "measured")).total.runs).toBe(0);
    await finishRuns(database.db, prepared.trials.filter(isLarge), () => "finished");
    const { predictions } = await scorePredictions({ db: database.db }, "measured");
    // Two seeds of one learning rate, not all nine rates.
    expect(predictions[0]?.runs).toHaveLength(2);
    expect(predictions[0]?.runs.every(({ run }) => /^run [0-9a-f]{12}$/.test(run))).toBe(true);
  });
});

it("the commands of docs/predict.md that need a database run as they are", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/predict.md"), "utf8");
  const [, commands = ""] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
  await importRows("scaling", ladder);
  const fit = await fitOf("scaling");
  const lines = commands.trim().split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    const words = line.split(" ").slice(1);
    const { code, err } = await type(...words.map((word) => (word === "fit-0123456789" ? fit : word)));
    expect({ code, err }, line).toEqual({ code: 0, err: "" });
  }
});
