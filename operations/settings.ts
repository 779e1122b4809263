/** Reads the environment without loading what sessions need: databases and Temporal. */
export { readSettings } from "../infra/settings.ts";
