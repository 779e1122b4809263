import { type Endpoints, resolveEndpoints, type Settings } from "../../infra/settings.ts";
import { withEndpoints } from "../session.ts";

/**
 * The servers that a worker started by hand works for: those of the running stack or of the surroundings, after a look
 * whether the database has this version's schema.
 *
 * @throws LadderError unavailable STACK_DOWN, SCHEMA_OUTDATED; conflict DATABASE_NEWER
 */
export async function workerEndpoints(settings: Settings): Promise<Endpoints> {
  const endpoints = await resolveEndpoints(settings);
  return withEndpoints(settings, endpoints, () => Promise.resolve(endpoints));
}
