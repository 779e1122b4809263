import { z } from "zod";
import { trainerContractVersion, trainerRunSchema } from "../../analysis/study/trainer-contract.ts";

/** The JSON Schema of the file at `LADDER_RUN` (draft 2020-12), as published in docs/trainer-contract.schema.json. */
export function trainerContractJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(trainerRunSchema, { io: "input" });
  return { $schema, title: `Ladder trainer contract, version ${String(trainerContractVersion)}: the file at LADDER_RUN`, ...schema };
}
