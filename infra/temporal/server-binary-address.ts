import { absent, type ServerWay } from "./server-binary-way.ts";

/** A server that Temporal's own environment configuration names: no binary is needed. */
export const addressWay: ServerWay = {
  id: "address",
  summary: "TEMPORAL_ADDRESS (or a profile of temporal.toml) that names a running server",
  local: true,
  find({ settings }) {
    const { temporal } = settings;
    return Promise.resolve(
      temporal === undefined ? absent("TEMPORAL_ADDRESS is not set") : { kind: "existing", address: temporal.connection.address },
    );
  },
};
