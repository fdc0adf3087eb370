/** What takes the place of a secret of some kind: `email`, `card`, `token`. */
export type Mask = (kind: string, secret: string) => string;

interface Shape {
  readonly kind: string;
  /** Every repetition is bounded, so that no text makes a search quadratic. */
  readonly expression: RegExp;
  /** What every match holds; looking for it takes a fiftieth of looking for an address. */
  readonly mark?: string;
  /** A second look where the expression alone says too little. */
  readonly isMeant?: (found: string) => boolean;
}

const SHAPES: readonly Shape[] = [
  { kind: 'token', expression: /\b(?:Bearer|Basic)\s{1,4}[\w.~+/=-]{8,2000}/gi },
  {
    kind: 'token',
    mark: 'eyJ',
    expression: /(?<![\w-])eyJ[\w-]{5,2000}\.[\w-]{5,2000}\.?[\w-]{0,2000}/g,
  },
  { kind: 'token', expression: /\b(?:[spr]k_(?:live|test)|gh[pousr]|xox[abprs])[_-][\w-]{8,500}/g },
  { kind: 'token', expression: /\bA[KS]IA[A-Z\d]{16}\b/g },
  {
    kind: 'secret',
    mark: '-----BEGIN',
    expression: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,2000}/g,
  },
  { kind: 'secret', mark: '://', expression: /(?<=:\/\/)[^\s/@:]{1,100}:[^\s/@]{1,200}(?=@)/g },
  {
    kind: 'email',
    mark: '@',
    expression: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g,
  },
  {
    kind: 'iban',
    expression: /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?\b/g,
    isMeant: isIban,
  },
  {
    kind: 'card',
    expression: /(?<!\d)[2-6]\d{3}(?:[ -]?\d){9,15}(?!\d)/g,
    isMeant: isLuhn,
  },
  { kind: 'hex', expression: /\b[\da-f]{32,2000}\b/gi },
  { kind: 'secret', expression: /[\w+/-]{32,2000}={0,2}/g, isMeant: looksRandom },
];

// No shape without an @ is shorter: a provider's key has twelve characters at least, a card number
// thirteen. Most texts and nearly all numbers of a document are, and need not be looked at.
const LENGTH_MIN = 12;

/** True for a text that is too short to hold anything but an address. */
function isTooShort(text: string): boolean {
  return text.length < LENGTH_MIN && !text.includes('@');
}

/** The text with everything masked that looks like a secret, whatever it is called. O(length). */
export function maskShapes(text: string, mask: Mask): string {
  if (isTooShort(text)) return text;
  let shown = text;
  for (const { kind, expression, mark, isMeant } of SHAPES) {
    if (mark !== undefined && !shown.includes(mark)) continue;
    shown = shown.replace(expression, (found) =>
      isMeant === undefined || isMeant(found) ? mask(kind, found) : found,
    );
  }
  return shown;
}

/** True for a text in which {@link maskShapes} would mask something. O(length). */
export function holdsSecret(text: string): boolean {
  if (isTooShort(text)) return false;
  return SHAPES.some(({ expression, mark, isMeant }) => {
    if (mark !== undefined && !text.includes(mark)) return false;
    const found = text.match(expression) ?? [];
    return found.some((each) => isMeant === undefined || isMeant(each));
  });
}

/** The check digit of card numbers. Rules out nine of ten numbers that are long by chance. */
function isLuhn(found: string): boolean {
  let sum = 0;
  [...found.replace(/\D/g, '')].reverse().forEach((digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}

/** ISO 13616: country and check digits moved to the end, letters as 10 to 35, modulo 97 is one. */
function isIban(found: string): boolean {
  const compact = found.replaceAll(' ', '');
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/**
 * Tells keys from long names. Both have small and capital letters and digits; but a name has few
 * digits, and words of five letters and more, which three of a hundred random keys of this length
 * have by chance together.
 */
function looksRandom(found: string): boolean {
  if (!/[a-z]/.test(found) || !/[A-Z]/.test(found)) return false;
  const digits = found.replace(/\D/g, '').length;
  return digits >= 3 || (digits > 0 && !/[a-z]{5}/.test(found));
}
