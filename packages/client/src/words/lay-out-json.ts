/** One line of a text that is shown: what stands there, and what it is compared by. */
export interface ShownLine {
  readonly text: string;
  /** Equal for two lines that say the same in other words, such as 1.0 and 1.00. */
  readonly same: string;
}

interface Leaf {
  readonly text: string;
  readonly same: string;
}
type Member = readonly [name: string, value: Tree];
type Tree =
  | { readonly leaf: Leaf }
  | { readonly items: readonly Tree[] }
  | { readonly members: readonly Member[] };

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/**
 * JSON on lines of its own, members in one order, every number as it was written: what a parser
 * would round is often the very difference. Null for what is not JSON, or is nested so deeply that
 * nobody could read it.
 */
export function layOutJson(text: string): ShownLine[] | null {
  try {
    JSON.parse(text);
    const lines: ShownLine[] = [];
    put(read(text.match(TOKEN) ?? []), { lead: '', indent: '', tail: '' }, lines);
    return lines;
  } catch {
    // One side may have answered something that is no JSON: that is the difference then.
    return null;
  }
}

/** Text that is not laid out: its lines as they are. */
export function plainLines(text: string): ShownLine[] {
  return text.split('\n').map((line) => ({ text: line, same: line }));
}

function read(tokens: readonly string[]): Tree {
  let at = 0;
  const value = (): Tree => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === '[') return { items: list(']', value) };
    if (token === '{') return { members: list('}', member).sort(byName) };
    return { leaf: leafOf(token) };
  };
  const member = (): Member => {
    const name = leafOf(tokens[at] ?? '').text;
    at += 2;
    return [name, value()];
  };
  const list = <Each>(end: string, each: () => Each): Each[] => {
    const found: Each[] = [];
    while (at < tokens.length && tokens[at] !== end) {
      if (tokens[at] === ',') at += 1;
      else found.push(each());
    }
    at += 1;
    return found;
  };
  return value();
}

function byName([a]: Member, [b]: Member): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function leafOf(token: string): Leaf {
  if (token.startsWith('"')) {
    const text = JSON.stringify(JSON.parse(token));
    return { text, same: text };
  }
  return { text: token, same: /^[-\d]/.test(token) ? sameNumber(token) : token };
}

/** One way to write a number, without calculating: digits, and where the point is. */
function sameNumber(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length - (digits.length - significant.length));
  return `${sign}${significant}e${power}`;
}

interface Place {
  /** What stands before the value on its line: the indent and the name of a member. */
  readonly lead: string;
  readonly indent: string;
  /** What stands behind it: the comma to the next. */
  readonly tail: string;
}

function put(tree: Tree, { lead, indent, tail }: Place, lines: ShownLine[]): void {
  const line = (text: string, same = text): void => {
    lines.push({ text, same });
  };
  if ('leaf' in tree) {
    line(`${lead}${tree.leaf.text}${tail}`, `${lead}${tree.leaf.same}`);
    return;
  }
  const inner = `${indent}  `;
  const [open, close] = 'items' in tree ? ['[', ']'] : ['{', '}'];
  const parts: readonly Member[] =
    'items' in tree ? tree.items.map((item) => ['', item] as const) : tree.members;
  if (parts.length === 0) {
    line(`${lead}${open}${close}${tail}`, `${lead}${open}${close}`);
    return;
  }
  line(`${lead}${open}`);
  parts.forEach(([name, value], i) => {
    const named = name === '' ? inner : `${inner}${name}: `;
    put(value, { lead: named, indent: inner, tail: i < parts.length - 1 ? ',' : '' }, lines);
  });
  line(`${indent}${close}${tail}`, `${indent}${close}`);
}
