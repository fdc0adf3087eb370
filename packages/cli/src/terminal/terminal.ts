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
}

/** The process's own terminal. Colour follows NO_COLOR and FORCE_COLOR through Node itself. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return { stdout, stderr, isInteractive: stdout.isTTY === true, hasColor: stdout.isTTY === true };
}

type Style = Parameters<typeof styleText>[0];

/** Paints text where there is colour. The meaning never rests on the colour alone. */
export function painter(terminal: Terminal): (style: Style, text: string) => string {
  return (style, text) =>
    terminal.hasColor ? styleText(style, text, { validateStream: false }) : text;
}

/** Writes one line of results. */
export function say(terminal: Terminal, line: string): void {
  terminal.stdout.write(`${line}\n`);
}

/** Writes one line that is not a result. */
export function note(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`);
}

/** Writes results for scripts: one JSON document on one line. */
export function sayJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value)}\n`);
}
