import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../../infra/postgres/connect.ts";
import { createDatabaseIfMissing } from "../../../infra/postgres/database.ts";
import { assertMigrated, migrateToLatest } from "../../../infra/postgres/migrate.ts";
import { migrations } from "../../../infra/postgres/migrations/index.ts";
import { listStudies } from "../../../infra/postgres/studies.ts";
import { freePort } from "../../../infra/ports.ts";
import { sql } from "kysely";
import { createTestDatabase, startTestPostgres, type TestPostgres } from "./server.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

let databases = 0;
const emptyDatabase = () => createDatabaseIfMissing(server.url, `empty_${String((databases += 1))}`);

describe("migrating", () => {
  it("twelve connections at once: each migration runs once, and all see the same schema", async () => {
    const url = await emptyDatabase();
    const pools = Array.from({ length: 12 }, () => openDatabase(url, { poolSize: 2 }));
    const ran = await Promise.all(pools.map(migrateToLatest));
    expect(ran.flat().sort()).toEqual(Object.keys(migrations));
    await Promise.all(pools.map(assertMigrated));
    await Promise.all(pools.map((pool) => pool.destroy()));
  });

  it("two processes at once both succeed", async () => {
    const url = await emptyDatabase();
    const program = `import { openDatabase } from "./infra/postgres/connect.ts";
      import { migrateToLatest } from "./infra/postgres/migrate.ts";
      const db = openDatabase(${JSON.stringify(url)});
      console.log(JSON.stringify(await migrateToLatest(db)));
      await db.destroy();`;
    const run = () => promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program]);
    const [left, right] = await Promise.all([run(), run()]);
    const names = [left, right].flatMap(({ stdout }): unknown[] => [JSON.parse(stdout)].flat());
    expect(names.sort()).toEqual(Object.keys(migrations));
  });

  it("again changes nothing; before it, commands say that the schema is missing", async () => {
    const db = openDatabase(await emptyDatabase());
    await expect(assertMigrated(db)).rejects.toMatchObject({ kind: "unavailable", code: "SCHEMA_OUTDATED", hint: "run: ladder up" });
    await expect(listStudies(db)).rejects.toMatchObject({ kind: "unavailable", code: "SCHEMA_MISSING" });
    expect(await migrateToLatest(db)).toHaveLength(Object.keys(migrations).length);
    expect(await migrateToLatest(db)).toEqual([]);
    await db.destroy();
  });

  it("a database that a newer Ladder has migrated is refused, and left as it is", async () => {
    const { db, close } = await createTestDatabase(server.url);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2099-01-01')`.execute(db);
    const newer = { kind: "conflict", code: "DATABASE_NEWER", fields: { newer: ["9999-from-the-future"] } };
    await expect(assertMigrated(db)).rejects.toMatchObject(newer);
    await expect(migrateToLatest(db)).rejects.toMatchObject(newer);
    await close();
  });

  it("one that dies halfway leaves the schema as it was", async () => {
    const db = openDatabase(await emptyDatabase());
    // The last migration meets a table of the same name: everything before it is undone.
    await sql`create table recommendations (id text)`.execute(db);
    await expect(migrateToLatest(db)).rejects.toMatchObject({ kind: "defect" });
    await expect(listStudies(db)).rejects.toMatchObject({ code: "SCHEMA_MISSING" });
    await sql`drop table recommendations`.execute(db);
    expect(await migrateToLatest(db)).toHaveLength(Object.keys(migrations).length);
    await db.destroy();
  });
});

describe("errors of the connection", () => {
  it("no server there is unavailable, with the address, without the password and with what to do", async () => {
    const port = await freePort();
    const db = openDatabase(`postgresql://me:secret@127.0.0.1:${String(port)}/ladder`);
    const failed = listStudies(db);
    await expect(failed).rejects.toMatchObject({
      kind: "unavailable",
      code: "POSTGRES_UNAVAILABLE",
      hint: expect.stringContaining("ladder up") as string,
    });
    await expect(failed).rejects.toThrow(`127.0.0.1:${String(port)}/ladder`);
    await expect(failed).rejects.not.toThrow("secret");
    await db.destroy();
  });

  it("a wrong password is rejected; a database that does not exist is missing; a text that is no URL is the user's", async () => {
    const wrong = new URL(server.url);
    wrong.password = "wrong";
    const refused = openDatabase(wrong.href);
    await expect(listStudies(refused)).rejects.toMatchObject({ kind: "rejected", code: "POSTGRES_REFUSED" });
    await refused.destroy();
    const nowhere = new URL(server.url);
    nowhere.pathname = "/nowhere";
    const missing = openDatabase(nowhere.href);
    await expect(listStudies(missing)).rejects.toMatchObject({ kind: "missing", code: "DATABASE_MISSING" });
    await missing.destroy();
    expect(() => openDatabase("localhost:5432")).toThrow(expect.objectContaining({ kind: "input", code: "DATABASE_URL_INVALID" }));
  });

  it("a connection cut in the middle of a query is unavailable, the process lives, and the next query works", async () => {
    const { db, close } = await createTestDatabase(server.url);
    const killer = openDatabase(server.url);
    const sleeping = sql`select pg_sleep(60)`.execute(db);
    const idle = Promise.all([listStudies(db), listStudies(db)]);
    await idle;
    const cut = (async () => {
      for (;;) {
        const { rows } = await sql<{
          cut: boolean;
        }>`select pg_terminate_backend(pid) as cut from pg_stat_activity where pid <> pg_backend_pid() and query like 'select pg_sleep%'`.execute(
          killer,
        );
        if (rows.length > 0) return;
      }
    })();
    await expect(sleeping).rejects.toMatchObject({ kind: "unavailable", code: "POSTGRES_UNAVAILABLE" });
    await cut;
    // The idle ones too: nobody was asking, so nobody hears of it.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'ladder'`.execute(
      killer,
    );
    await expect
      .poll(
        () =>
          listStudies(db).then(
            (studies) => studies.length,
            () => "cut",
          ),
        { timeout: 10_000 },
      )
      .toBe(0);
    await killer.destroy();
    await close();
  });

  it("two transactions that wait for each other: one is told that it may try again", async () => {
    const { db, close } = await createTestDatabase(server.url);
    await sql`create table pair (id int primary key, value int); insert into pair values (1, 0), (2, 0)`.execute(db);
    let met = 0;
    const meet = async () => {
      met += 1;
      await expect.poll(() => met, { timeout: 10_000 }).toBe(2);
    };
    const lock = (first: number, second: number) =>
      db.transaction().execute(async (transaction) => {
        await sql`update pair set value = 1 where id = ${first}`.execute(transaction);
        await meet();
        await sql`update pair set value = 1 where id = ${second}`.execute(transaction);
      });
    const results = await Promise.allSettled([lock(1, 2), lock(2, 1)]);
    const lost = results.find((result) => result.status === "rejected");
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(lost?.reason).toMatchObject({ kind: "unavailable", code: "POSTGRES_RETRY" });
    await close();
  });

  it("text that Postgres cannot store in JSON is the user's, and a guard that refuses is a conflict", async () => {
    const { db, close } = await createTestDatabase(server.url);
    await expect(sql`select ${'{"note": "\\u0000"}'}::jsonb`.execute(db)).rejects.toMatchObject({
      kind: "input",
      code: "TEXT_NOT_STORABLE",
    });
    await sql`insert into runs (run_key, identity, resolved, seed) values (${"a".repeat(32)}, '{}', '{}', 1)`.execute(db);
    await expect(sql`update runs set identity = '{"x": 1}'`.execute(db)).rejects.toMatchObject({
      kind: "conflict",
      code: "STATE_CONFLICT",
    });
    await close();
  });
});
