import { checklistIds } from "../../analysis/fits/checklist.ts";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import { isRecord } from "./partial-spec.ts";
import { readYaml } from "./yaml-document.ts";

/**
 * Answers to a checklist: a mapping of item ids to texts, YAML or JSON. A bare `+1` is a number in YAML and is read as meant.
 *
 * @param fileName as it is to appear in messages
 * @throws LadderError `input` ANSWERS_INVALID with everything that is wrong and its line
 */
export function parseAnswers(text: string, fileName: string): Readonly<Record<string, string>> {
  const { value, lineOf, syntaxProblems } = readYaml(text);
  if (syntaxProblems.length > 0)
    throw answersInvalid(
      fileName,
      syntaxProblems.map(({ line, message }) => ({ path: `line ${line}`, message })),
    );
  if (!isRecord(value)) throw answersInvalid(fileName, [{ path: "line 1", message: "answers are a mapping of item ids to texts" }]);
  const problems: Problem[] = [];
  const answers = Object.entries(value).flatMap(([key, answer]) => {
    const id = /^[1-9]$/.test(key) ? `+${key}` : key;
    const place = { path: `${id} (line ${lineOf([key])})` };
    if (!checklistIds.includes(id)) problems.push({ ...place, message: "there is no such item", fix: knownWords });
    else if (typeof answer === "string" && answer.trim() !== "") return [[id, answer.trim()] as const];
    else problems.push({ ...place, message: "an answer is a text" });
    return [];
  });
  if (problems.length > 0) throw answersInvalid(fileName, problems);
  return Object.fromEntries(answers);
}

const knownWords = `items are ${checklistIds.join(", ")}`;

/** An answer as typed, `2.7=commit abc`. @throws LadderError `input` ANSWERS_INVALID */
export function parseAnswer(text: string): readonly [id: string, answer: string] {
  const equals = text.indexOf("=");
  const [id, answer] = [text.slice(0, Math.max(0, equals)).trim(), text.slice(equals + 1).trim()];
  if (equals > 0 && answer !== "" && checklistIds.includes(id)) return [id, answer];
  throw answersInvalid("--answer", [{ path: "--answer", message: "must be ITEM=TEXT", value: JSON.stringify(text), fix: knownWords }]);
}

function answersInvalid(source: string, problems: readonly Problem[]): LadderError {
  return new LadderError("input", "ANSWERS_INVALID", `${source} holds no answers to a checklist`, {
    fields: { source },
    problems,
    hint: 'for example 1.4: "sum of an irreducible loss, a term of size and a term of tokens"',
  });
}
