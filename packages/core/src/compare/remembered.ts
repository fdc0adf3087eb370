// Names of fields and causes of differences are few and come again with every answer. Beyond this
// they are data, which must cost time rather than memory.
const ANSWERS_MAX = 2_000;
const TEXT_LENGTH_MAX = 200;

/**
 * A pure function of a text that answers from memory what it was asked before. Forgets everything
 * when that grows too large, and never keeps a long text.
 */
export function remembered(compute: (text: string) => string): (text: string) => string {
  const answers = new Map<string, string>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = compute(text);
    if (text.length > TEXT_LENGTH_MAX) return answer;
    if (answers.size >= ANSWERS_MAX) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
