import { writeFileSync } from "node:fs";
import { lawsPage } from "../../../analysis/laws/pages/laws-page.ts";
import { docsPage } from "./rule-set-docs.ts";

// Writes docs/laws.md: npx tsx test/unit/configs/write-laws.ts
writeFileSync(docsPage("laws.md"), lawsPage());
