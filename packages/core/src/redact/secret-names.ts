// Long enough to be told inside a longer word, as in `accesstoken`.
const PARTS = [
  'password',
  'passphrase',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
];
// Short ones count as whole words only: `className` contains `ssn`.
const WORDS = new Set(['passwd', 'pwd', 'iban', 'ssn', 'cvv', 'cvc', 'apikey', 'auth']);
const PAIRS = new Set(['api key', 'private key', 'access key', 'signing key']);

const NAME_LENGTH_MAX = 200;

/**
 * True for the name of a member that holds a secret as a rule: `password`, `X-Api-Key`,
 * `refreshToken`, `iban`.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name.slice(0, NAME_LENGTH_MAX));
  return words.some((word, i) => {
    if (WORDS.has(word) || PARTS.some((part) => word.includes(part))) return true;
    return i > 0 && PAIRS.has(`${words[i - 1]} ${word}`);
  });
}

/** One text for all the ways to write a name: `taxNumber`, `tax_number` and `Tax-Number`. */
export function sameWords(name: string): string {
  return wordsOf(name.slice(0, NAME_LENGTH_MAX))
    .filter((word) => word !== '')
    .join(' ');
}

/** `refreshToken`, `refresh_token` and `Refresh-Token` are the same two words. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2');
  return spaced.toLowerCase().split(/[^\p{L}\d]+/u);
}

/**
 * The member names on a path such as `$.user['api-key'][3].value`, or the name of a header that
 * stands for one: `(header set-cookie)`.
 */
export function namesOnPath(path: string): string[] {
  const header = /^\(header ([^)]+)\)$/.exec(path)?.[1];
  if (header !== undefined) return [header];
  const steps = path.matchAll(/\.([^.[\]]+)|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/g);
  return Array.from(steps, ([, plain, single, double]) => plain ?? single ?? double ?? '');
}
