import { writeFileSync } from "node:fs";
import { trainerContractJsonSchema } from "../../../infra/trainer-contract/contract-schema.ts";

// Writes the published schema: npx tsx test/unit/execution/write-contract-schema.ts
writeFileSync(
  new URL("../../../docs/trainer-contract.schema.json", import.meta.url),
  `${JSON.stringify(trainerContractJsonSchema(), null, 2)}\n`,
);
