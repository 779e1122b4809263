import { describe, expect, it } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { describeServer } from "../../../infra/postgres/connect.ts";
import { toLadderError } from "../../../infra/postgres/errors.ts";

const translated = (error: unknown) => toLadderError(error, "host:5432/ladder");
const pgError = (code: string, message = "words of Postgres") => Object.assign(new Error(message), { code });

describe("errors of Postgres", () => {
  it.each([
    ["ECONNREFUSED", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["ENOTFOUND", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["08006", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["53100", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["53300", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["57P01", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["57P03", "unavailable", "POSTGRES_UNAVAILABLE"],
    ["40001", "unavailable", "POSTGRES_RETRY"],
    ["40P01", "unavailable", "POSTGRES_RETRY"],
    ["42P01", "unavailable", "SCHEMA_MISSING"],
    ["28P01", "rejected", "POSTGRES_REFUSED"],
    ["42501", "rejected", "POSTGRES_REFUSED"],
    ["3D000", "missing", "DATABASE_MISSING"],
    ["LA001", "conflict", "STATE_CONFLICT"],
    ["22P05", "input", "TEXT_NOT_STORABLE"],
    ["23514", "defect", "CONSTRAINT_BROKEN"],
    ["42601", "defect", "POSTGRES_ERROR"],
  ])("%s is %s %s, with the original as its cause", (code, kind, ladderCode) => {
    const original = pgError(code);
    const error = translated(original);
    expect(error).toMatchObject({ kind, code: ladderCode, cause: original });
    expect(error.message).toContain("words of Postgres");
  });

  it("without a code are known by the words of the driver", () => {
    expect(translated(new Error("Connection terminated unexpectedly"))).toMatchObject({ code: "POSTGRES_UNAVAILABLE" });
    expect(translated(new Error("timeout exceeded when trying to connect"))).toMatchObject({ code: "POSTGRES_UNAVAILABLE" });
    expect(translated(new AggregateError([pgError("ECONNREFUSED", "connect ECONNREFUSED ::1:5432")]))).toMatchObject({
      code: "POSTGRES_UNAVAILABLE",
    });
    expect(translated("nothing known")).toMatchObject({ kind: "defect", code: "POSTGRES_ERROR" });
  });

  it("that are Ladder's already pass unchanged", () => {
    const error = new LadderError("input", "SPEC_INVALID", "no");
    expect(translated(error)).toBe(error);
  });
});

it("a server is named without user and password", () => {
  expect(describeServer("postgresql://me:secret@db.example:6432/ladder?sslmode=require")).toBe("db.example:6432/ladder");
});
