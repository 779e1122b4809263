import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { listCoordinateVerdicts } from "../../../infra/postgres/coordinate-checks.ts";
import { listSweeps } from "../../../infra/postgres/sweeps.ts";
import { getStudy } from "../../../infra/postgres/studies.ts";
import { readSettings } from "../../../infra/settings.ts";
import { checkStudyCoordinates } from "../../../operations/check-coordinates.ts";
import { exportStudy } from "../../../operations/export-study.ts";
import { prepareSpec } from "../../../operations/prepare-study.ts";
import { describeReport } from "../../../operations/report-content.ts";
import type { Session } from "../../../operations/session.ts";
import { showStudy } from "../../../operations/show-study.ts";
import { submitStudy } from "../../../operations/submit-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";
import { createJournal, type Journal, scriptedStudy } from "./scripted-study.ts";

/** What stands in for Temporal: a sweep is written before anything is started. */
const noTemporal = new Error("no Temporal here");
let postgres: TestPostgres;
let database: TestDatabase;
let session: Session;
let journal: Journal;
let said: string[];

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  session = {
    settings: readSettings({ PATH: process.env["PATH"] }, tmpdir()),
    db: database.db,
    temporal: () => Promise.reject(noTemporal),
  };
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});
beforeEach(() => {
  journal = createJournal();
  said = [];
});
afterEach(() => {
  journal.remove();
});

const prepare = (changes: Partial<StudySpecInput>) =>
  prepareSpec(session.settings, studySpecSchema.parse(scriptedStudy(journal, changes)), journal.folder);
const watched = { onProgress: (line: string) => said.push(line), signal: new AbortController().signal };

async function check(changes: Partial<StudySpecInput>) {
  const prepared = await prepare(changes);
  const surroundings = { settings: session.settings, workingDirectory: journal.folder, db: session.db, concurrency: 2, timeoutSeconds: 60 };
  return checkStudyCoordinates(prepared, { seeds: [1] }, { ...surroundings, ...watched });
}

const submit = async (changes: Partial<StudySpecInput>) => submitStudy(session, await prepare(changes), { check: watched });
const required = (more: Partial<NonNullable<StudySpecInput["coordinateCheck"]>> = {}) => ({ coordinateCheck: { seeds: [1], ...more } });

describe("a check with a database", () => {
  it("is kept and reused, also by another study, until something of it differs", async () => {
    const first = await check({ study: "kept" });
    expect(first.checks).toMatchObject([{ reused: false, stored: true }]);
    expect(journal.starts()).toHaveLength(3);
    const again = await check({ study: "kept" });
    expect(again.checks).toMatchObject([{ reused: true, stored: true }]);
    expect(again.checks[0]?.check).toEqual(first.checks[0]?.check);
    expect(said.at(-1)).toMatch(/^mup: the same check was carried out \d{4}-.*, nothing is trained again$/);
    expect((await check({ study: "other-name" })).checks).toMatchObject([{ reused: true }]);
    expect(journal.starts()).toHaveLength(3);
    expect((await check({ study: "kept", hyperparameters: { sizeSlope: 0.5 } })).checks).toMatchObject([
      { reused: false, check: { verdict: "fail" } },
    ]);
    expect(journal.starts()).toHaveLength(6);
    expect(await listCoordinateVerdicts(session.db, "kept")).toMatchObject([{ parametrization: "mup", axis: "width", verdict: "fail" }]);
    expect(await listCoordinateVerdicts(session.db, "other-name")).toMatchObject([{ verdict: "pass" }]);
  });
});

describe("a study that requires its check", () => {
  it("is refused when one of its rule sets fails, and nothing of it is written but the check", async () => {
    const bad = {
      ...required(),
      study: "refused",
      parametrizations: ["mup", "broken"],
      variants: { broken: { parametrization: "mup", hyperparameters: { sizeSlope: 0.4 } } },
    };
    await expect(submit(bad)).rejects.toMatchObject({
      kind: "rejected",
      code: "COORDINATE_CHECK_NOT_PASSED",
      message: "refused was not submitted: the coordinate check over width that it requires did not pass for broken",
      fields: { verdicts: { mup: "pass", broken: "fail" } },
    });
    await expect(getStudy(session.db, "refused")).rejects.toMatchObject({ code: "STUDY_NOT_FOUND" });
    expect((await listCoordinateVerdicts(session.db, "refused")).map(({ verdict }) => verdict).sort()).toEqual(["fail", "pass"]);
  });

  it("is submitted when all pass; show, export and report say how it went", async () => {
    await expect(submit({ ...required(), study: "accepted" })).rejects.toBe(noTemporal);
    const study = await getStudy(session.db, "accepted");
    expect(await listSweeps(session.db, study.id)).toHaveLength(1);
    expect((await showStudy(session, "accepted")).coordinateChecks).toMatchObject([{ parametrization: "mup", verdict: "pass" }]);
    const document = await exportStudy(session, "accepted");
    expect(document.coordinateChecks).toMatchObject([
      { axis: "width", words: expect.stringContaining("pass over width 8 to 32") as unknown },
    ]);
    const findings = describeReport(document).findings.filter(({ label }) => label.startsWith("Coordinate check of"));
    expect(findings).toMatchObject([{ tone: "yes", label: "Coordinate check of μP over width" }]);
    expect(findings[0]?.text).toMatch(/That is no test of transfer\.$/);
  });

  it("lets an undecided one through with a warning, unless it requires a pass", async () => {
    const undecided = { study: "undecided", hyperparameters: { changeSlope: 0.12 } };
    await expect(submit({ ...undecided, ...required({ require: "pass" }) })).rejects.toMatchObject({ code: "COORDINATE_CHECK_NOT_PASSED" });
    const before = journal.starts().length;
    await expect(submit({ ...undecided, ...required() })).rejects.toBe(noTemporal);
    expect(said.find((line) => line.startsWith("warning: mup: undecided"))).toBeDefined();
    // The check of the refused submission counts.
    expect(journal.starts()).toHaveLength(before);
  });
});
