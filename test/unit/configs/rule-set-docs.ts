import { readFileSync } from "node:fs";
import { registryTables, ruleSetsPage, transfersTable } from "../../../analysis/parametrizations/pages/rule-sets-page.ts";

/** A page of docs/. */
export function docsPage(name: string): URL {
  return new URL(`../../../docs/${name}`, import.meta.url);
}

/** Pages that are made from the registry, whole or between two comments, as they should be. */
export function generatedPages(): readonly { readonly page: URL; readonly text: string }[] {
  const parametrizations = docsPage("parametrizations.md");
  return [
    { page: docsPage("rule-sets.md"), text: ruleSetsPage() },
    {
      page: parametrizations,
      text: fillBlock(fillBlock(readFileSync(parametrizations, "utf8"), "registry", registryTables()), "transfers", transfersTable()),
    },
  ];
}

/** Puts text between `<!-- name: … -->` and `<!-- end of name -->`. */
function fillBlock(page: string, name: string, text: string): string {
  const block = new RegExp(`(<!-- ${name}: [^\\n]* -->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  if (!block.test(page)) throw new Error(`the page has no block "${name}"`);
  return page.replace(block, (_, start: string, end: string) => `${start}\n${text}\n\n${end}`);
}
