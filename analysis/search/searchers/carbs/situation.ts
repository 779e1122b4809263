import { surrogates, type Surrogates } from "../../models/surrogates.ts";
import type { PlacedTrial } from "../../models/trial-data.ts";
import type { SearchSuggestion } from "../contract.ts";
import { candidatesAbout, candidatesAnywhere, radii } from "./candidates.ts";
import { costSpan, type CostSpan } from "./cost-target.ts";
import { fallbackSuggestion } from "./fallback.ts";
import { findFront, type Front, type FrontMember } from "./front.ts";
import { initialSuggestion, initialTrials } from "./initial.ts";
import { poolOf, type Admission, type Pool } from "./polish.ts";
import type { Question } from "./question.ts";
import { capGuard } from "./score.ts";
import { apartFrom } from "./separation.ts";

/** A model leads from so many finished trials on, even where fewer initial trials are asked for. */
const leastFinished = 4;

/** Everything that a suggestion is chosen by, once models lead. */
export interface Situation {
  readonly question: Question;
  readonly models: Surrogates;
  readonly front: Front;
  /** Those of the front within the cap. */
  readonly members: readonly FrontMember[];
  /** Finished trials whose cost is known and within the cap. */
  readonly affordable: readonly PlacedTrial[];
  readonly span: CostSpan;
  readonly steps: Float64Array;
  readonly isWithinCap: ReturnType<typeof capGuard>;
  readonly admits: Admission;
  /** Candidates anywhere and about the whole front. */
  readonly pool: Pool;
}

/** The situation of a question, or the suggestion where no model can lead yet, or at all. */
export function situationOf(question: Question): Situation | SearchSuggestion {
  const { data, settings, logCap, space } = question;
  const first = initialTrials(question);
  if (data.finished.length < Math.min(leastFinished, first) || data.judged.length + data.outstanding.length < first)
    return initialSuggestion(question);
  const costed = data.finished.filter(({ logCost }) => Number.isFinite(logCost));
  if (costed.length === 0) return fallbackSuggestion(question, "no finished trial told its cost");
  const models = surrogates(data, question.task.knownCost !== null);
  if ("failure" in models) return fallbackSuggestion(question, models.failure);
  const front = findFront(models, data.finished);
  const members = front.members.filter(({ logCost }) => logCost <= logCap);
  const steps = radii(question, models);
  const admits = apartFrom(question);
  const anywhere = Math.round(settings.candidates * settings.globalShare);
  const centres = members.map(({ placed }) => space.place(placed.trial.values));
  const candidates = [
    ...candidatesAnywhere(question, members.length === 0 ? settings.candidates : anywhere),
    ...candidatesAbout(question, centres, steps, Math.round((settings.candidates - anywhere) / 2), "front"),
  ];
  return {
    question,
    models,
    front,
    members,
    affordable: costed.filter(({ logCost }) => logCost <= logCap),
    span: costSpan(question, costed, first),
    steps,
    isWithinCap: capGuard(logCap, settings.capProbability),
    admits,
    pool: poolOf(question, models, admits, candidates),
  };
}
