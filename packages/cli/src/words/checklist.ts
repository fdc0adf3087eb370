import type { WireGateResult } from '@falsework/client/contract';
import type { painter } from '../terminal/terminal.ts';

type Paint = ReturnType<typeof painter>;

const MARKS = { pass: '✓', hold: '…', fail: '✗', invalid: '?' } as const;
const STYLES = { pass: 'green', hold: 'yellow', fail: 'red', invalid: 'red' } as const;

/**
 * Gates as lines that people read top to bottom: a mark, what is looked at, what was seen, what is
 * missing.
 */
export function checklist(gates: readonly WireGateResult[], paint: Paint): string[] {
  const width = Math.max(0, ...gates.map((gate) => gate.title.length));
  return gates.flatMap((gate) => {
    const mark = paint(STYLES[gate.status], MARKS[gate.status]);
    const line = `  ${mark} ${gate.title.padEnd(width)}  ${gate.detail}`.trimEnd();
    return gate.needs === null ? [line] : [line, `    needs ${gate.needs}`];
  });
}
