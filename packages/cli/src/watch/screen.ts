import type { Terminal } from '../terminal/terminal.ts';
import { printable } from '../terminal/terminal.ts';

/** A line of the picture, painted after it was cut so that no colour is cut in half. */
export interface Line {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** How much fits. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

// DEC private modes, as terminals since the VT100 know them: the cursor, the wrapping of long
// lines, and since 2021 drawing in one go. A terminal that does not know one ignores it.
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const TO_LINE_END = '\u001b[K';
const TO_SCREEN_END = '\u001b[J';
const WHOLE_SCREEN = '\u001b[2J\u001b[H';

/**
 * Draws a picture over the one before it, in one write: lines are overwritten and never erased
 * first, so nothing flickers. The last picture stays when it is closed, with the cursor below it.
 */
export class Screen {
  readonly #terminal: Terminal;
  #drawn = 0;
  #size: Size | null = null;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly Line[]): void {
    const size = this.#terminal.size();
    const isResized =
      this.#size !== null && (this.#size.columns !== size.columns || this.#size.rows !== size.rows);
    this.#size = size;
    // What was drawn for another width stands on other rows now; only a new beginning is sure.
    const back = isResized ? WHOLE_SCREEN : this.#drawn > 0 ? `\u001b[${this.#drawn}A\r` : '';
    const shown = fitted(lines, size);
    const text = shown.map((line) => `${line}${TO_LINE_END}\n`).join('');
    const open = this.#isOpen ? '' : HIDE_CURSOR;
    this.#isOpen = true;
    this.#drawn = shown.length;
    const drawing = `${BEGIN}${open}${NO_WRAP}${back}${text}${TO_SCREEN_END}${WRAP}${END}`;
    this.#terminal.stdout.write(drawing);
  }

  /** Gives the cursor back. */
  close(): void {
    if (this.#isOpen) this.#terminal.stdout.write(SHOW_CURSOR);
    this.#isOpen = false;
  }
}

/** The lines as they fit: each cut to the width, and the last that fits says what is missing. */
export function fitted(lines: readonly Line[], { columns, rows }: Size): string[] {
  // One row stays for the cursor: a line feed on the last row would scroll the first one away.
  const max = Math.max(1, rows - 1);
  const missing = lines.length - max + 1;
  const more = { text: `… ${missing} more lines: make the window taller, or name a migration` };
  const shown = lines.length <= max ? lines : [...lines.slice(0, max - 1), more];
  return shown.map(({ text, paint = (same) => same }: Line) =>
    paint(cut(printable(text), columns)),
  );
}

/** Letters that take two columns, as terminals draw them: scripts of East Asia and pictures. */
const SCRIPTS = ['Han', 'Hiragana', 'Katakana', 'Hangul'].map((name) => `\\p{Script=${name}}`);
const WIDE = new RegExp(`[${SCRIPTS.join('')}\\p{Emoji_Presentation}\\uff01-\\uff60]`, 'u');
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text in so many columns, with an ellipsis where it was longer. */
export function cut(text: string, columns: number): string {
  let width = 0;
  let fits = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    const next = width + (WIDE.test(segment) ? 2 : 1);
    if (next > columns) return `${withoutLast(fits, width, columns)}…`;
    width = next;
    fits += segment;
  }
  return text;
}

/** Room for the ellipsis. */
function withoutLast(fits: string, width: number, columns: number): string {
  if (width < columns) return fits;
  const last = [...GRAPHEMES.segment(fits)].at(-1)?.segment ?? '';
  return fits.slice(0, fits.length - last.length);
}
