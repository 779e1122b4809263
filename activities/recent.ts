/**
 * Remembers answers for a while, so that a hundred runs that start together ask once. Failures are not remembered.
 *
 * @param lifeMs - milliseconds for which an answer is good
 */
export function createRecent<Question, Answer>(
  lifeMs: number,
  ask: (question: Question) => Promise<Answer>,
): (key: string, question: Question) => Promise<Answer> {
  const answers = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>();
  return (key, question) => {
    const now = performance.now();
    for (const [known, { until }] of answers) if (until <= now) answers.delete(known);
    const remembered = answers.get(key);
    if (remembered !== undefined) return remembered.answer;
    const answer = ask(question);
    answers.set(key, { until: now + lifeMs, answer });
    answer.catch(() => answers.delete(key));
    return answer;
  };
}
