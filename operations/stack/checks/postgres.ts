import { chooseServerAccount } from "../../../infra/postgres/embedded-account.ts";
import { prepareBinaries } from "../../../infra/postgres/embedded-binaries.ts";
import { systemFolder } from "../../../infra/postgres/embedded-folder.ts";
import { openDatabase } from "../../../infra/postgres/connect.ts";
import { assertMigrated } from "../../../infra/postgres/migrate.ts";
import { serverVersion } from "../../../infra/postgres/server-version.ts";
import { withoutPassword } from "../../../infra/settings.ts";
import { stackPaths } from "../../../infra/stack-state.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { join } from "node:path";
import { fail, ok, type StackCheck, warn } from "./stack-check.ts";

const oldestMajor = 15;

/** The database: the one that DATABASE_URL names, or the binaries that come with Ladder. */
export const postgresCheck: StackCheck = {
  id: "postgres",
  async run({ databaseUrl, home }) {
    if (databaseUrl !== undefined) return checkServer(databaseUrl);
    const account = chooseServerAccount();
    const { version } = prepareBinaries(account, () => join(account === null ? stackPaths(home).postgres : systemFolder, "binaries"));
    const runsAs = account === null ? "" : `; it will run as user ${account.name}, because Postgres refuses to run as root`;
    return ok(`Postgres ${version} comes with Ladder and runs here${runsAs}`);
  },
};

async function checkServer(url: string) {
  const db = openDatabase(url, { poolSize: 1 });
  const shown = withoutPassword(url);
  try {
    const version = await serverVersion(db);
    if (Number.parseInt(version, 10) < oldestMajor)
      return fail(`DATABASE_URL: ${shown} is Postgres ${version}`, `use Postgres ${String(oldestMajor)} or newer`);
    await assertMigrated(db);
    return ok(`DATABASE_URL: ${shown} answers, Postgres ${version}, its schema is up to date`);
  } catch (error) {
    if (error instanceof LadderError && (error.code === "SCHEMA_OUTDATED" || error.code === "SCHEMA_MISSING")) {
      return warn(`DATABASE_URL: ${shown} answers, but ${error.message}`, "ladder up brings the schema up to date");
    }
    if (error instanceof LadderError)
      return fail(`DATABASE_URL: ${error.message}`, error.hint ?? "correct DATABASE_URL, or unset it to use the built-in Postgres");
    throw error;
  } finally {
    await db.destroy();
  }
}
