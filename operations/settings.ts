export { readSettings, type Settings } from "../infra/settings.ts";
