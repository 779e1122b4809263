import { writeFileSync } from "node:fs";
import { generatedPages } from "./rule-set-docs.ts";

// Writes docs/rule-sets.md and the tables of docs/parametrizations.md: npx tsx test/unit/configs/write-rule-sets.ts
for (const { page, text } of generatedPages()) writeFileSync(page, text);
