import { parametrizationDefinitions } from "../../analysis/parametrizations/index.ts";
import { searchStrategies } from "../../analysis/search/index.ts";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import { type StudySpec, studySpecSchema } from "../../analysis/study/study-spec.ts";
import { isRecord, readScales, readSections } from "./partial-spec.ts";
import { checkScales } from "./scale-checks.ts";
import { type FieldProblem, findSchemaProblems, formatPath, spellAsMeant } from "./schema-problems.ts";
import { checkStudy, type KnownNames } from "./study-checks.ts";
import { readYaml } from "./yaml-document.ts";

const builtInNames: KnownNames = {
  parametrizations: parametrizationDefinitions.map(({ id }) => id),
  strategies: searchStrategies.map(({ id }) => id),
  executors: ["local"],
};

/**
 * A study file, YAML or JSON, as a checked spec with defaults filled in.
 *
 * @param fileName as it is to appear in messages
 * @param known names that the file may use; executors are known to their own room, so callers may pass its list
 * @throws LadderError `input` SPEC_INVALID whose `problems` hold everything that is wrong: path, line, value and fix
 */
export function parseStudyFile(text: string, fileName: string, known: Partial<KnownNames> = {}): StudySpec {
  const document = readYaml(text);
  if (document.syntaxProblems.length > 0)
    throw specInvalid(
      fileName,
      document.syntaxProblems.map(({ line, message }) => ({ path: `line ${line}`, message })),
    );
  if (!isRecord(document.value))
    throw specInvalid(fileName, [
      {
        path: "line 1",
        message: document.value === null || document.value === undefined ? "the file is empty" : "a study is a mapping of fields",
        fix: "ladder init writes a study to start from",
      },
    ]);

  const problems = findProblems(document.value, { ...builtInNames, ...known });
  if (problems.length > 0)
    throw specInvalid(
      fileName,
      problems
        .map((problem) => ({ problem, line: document.lineOf(problem.path) }))
        .sort((left, right) => left.line - right.line)
        .map(({ problem: { path, message, value, fix }, line }) => ({
          path: formatPath(path),
          message: `${message} (line ${line})`,
          ...(value === undefined ? {} : { value }),
          ...(fix === undefined ? {} : { fix }),
        })),
    );
  return studySpecSchema.parse(document.value);
}

function specInvalid(fileName: string, problems: readonly Problem[]): LadderError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new LadderError("input", "SPEC_INVALID", `${fileName} has ${count}`, { fields: { file: fileName }, problems });
}

function namesIn(value: unknown, section: string): readonly string[] {
  const content = isRecord(value) ? value[section] : undefined;
  return isRecord(content) ? Object.keys(content) : [];
}

/** Shapes first; then, with misspelt names read as they were meant, the shapes again and everything else. */
function findProblems(value: unknown, known: KnownNames): readonly FieldProblem[] {
  const asWritten = findSchemaProblems(studySpecSchema, value);
  const corrected = spellAsMeant(value, asWritten);
  const spec = readSections(corrected);
  const all = [
    ...findSchemaProblems(studySpecSchema, corrected),
    ...checkStudy(spec, { ...known, variants: namesIn(corrected, "variants") }),
    ...checkScales(spec, readScales(corrected), corrected),
  ];
  const misspelt = asWritten.filter((problem) => problem.meant !== undefined);
  const places = new Set(misspelt.map((problem) => formatPath(problem.path)));
  return [...misspelt, ...all.filter((problem) => !places.has(formatPath(problem.path)))];
}
