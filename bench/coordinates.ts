/**
 * Does a coordinate check tell right rules from wrong ones? `npm run bench:coordinates` trains the set-ups of two published
 * slope tables with the reference trainer: four depth rules under Adam and SGD, and seven optimizers over width under their
 * rule, under its initialization alone and under SP. It writes docs/bench-coordinates.md and ends with 1 where a cell is not met.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, depthCells, depthModules, trapCells, widthCells, widthModules } from "./coordinates/cells.ts";
import { type JudgedCell, judgeCell } from "./coordinates/judge.ts";
import { measureCell } from "./coordinates/measure-cell.ts";
import { renderTable } from "./coordinates/table.ts";

const depth = await measureAll(depthCells, depthModules);
const width = await measureAll(widthCells, widthModules);
const trap = await measureAll(trapCells, widthModules);
const table = renderTable({ depth, width, trap });
writeFileSync(join(import.meta.dirname, "../docs/bench-coordinates.md"), table);
console.log(table);
process.exitCode = [...depth, ...width, ...trap].every(({ meets }) => meets) ? 0 : 1;

async function measureAll(cells: readonly Cell[], modules: readonly string[]): Promise<readonly JudgedCell[]> {
  const judged: JudgedCell[] = [];
  for (const cell of cells) {
    const result = judgeCell(await measureCell(cell), modules);
    judged.push(result);
    console.error(
      `${result.meets ? "met    " : "NOT MET"} ${cell.row}, ${cell.column}: ${result.check.verdict} in ${result.seconds.toFixed(1)} s`,
    );
  }
  return judged;
}
