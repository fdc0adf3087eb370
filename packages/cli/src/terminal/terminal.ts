import { styleText } from 'node:util';

/**
 * Where a command speaks to: results on stdout, everything else on stderr. Tests hand out their
 * own.
 */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** True when a person looks at stdout, so that it may be redrawn. */
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  /** How much fits; it may change while one looks. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}

/** The process's own terminal. Colour follows NO_COLOR and FORCE_COLOR through Node itself. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  const isInteractive = stdout.isTTY === true;
  // A terminal that does not tell its size has that of the VT100.
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  return { stdout, stderr, isInteractive, hasColor: isInteractive, size };
}

type Style = Parameters<typeof styleText>[0];

/** Paints text where there is colour. The meaning never rests on the colour alone. */
export function painter(terminal: Terminal): (style: Style, text: string) => string {
  return (style, text) =>
    terminal.hasColor ? styleText(style, text, { validateStream: false }) : text;
}

/**
 * The text with everything made visible that a terminal would obey. Answers of services, reasons
 * and names come from elsewhere: none of them may move the cursor, set a title or turn the
 * direction of the line around. Colours stay, and so do line feeds and tabs.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Bidi_Control}/gu, (char, at: number) => {
    if (char === '\n' || char === '\t') return char;
    if (char === '\u001b' && COLOUR.test(text.slice(at + 1, at + COLOUR_LENGTH_MAX))) return char;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const COLOUR = /^\[[\d;]*m/;
const COLOUR_LENGTH_MAX = 20;

/** Writes one line of results. */
export function say(terminal: Terminal, line: string): void {
  terminal.stdout.write(`${printable(line)}\n`);
}

/** Writes one line that is not a result. */
export function note(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${printable(line)}\n`);
}

/** Writes results for scripts: one JSON document on one line. */
export function sayJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value)}\n`);
}
