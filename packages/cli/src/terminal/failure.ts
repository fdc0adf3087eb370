import { RemoteProblem } from '@falsework/client';
import { isFalseworkError } from '@falsework/core/errors';
import { note, painter, sayJson, type Terminal } from './terminal.ts';

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

/** An exit code. */
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Says what went wrong and what to do, and gives the exit code that goes with it. */
export function reportFailure(terminal: Terminal, error: unknown, isJson: boolean): Exit {
  const { code, message, action, exit } = describe(error);
  if (isJson) sayJson(terminal, { error: { code, message, action } });
  else {
    const paint = painter(terminal);
    note(terminal, `${paint('red', 'error')} ${message} (${code})`);
    if (action !== '') note(terminal, `  ${action}`);
  }
  return exit;
}

function describe(error: unknown): { code: string; message: string; action: string; exit: Exit } {
  if (isFalseworkError(error)) {
    return { code: error.code, message: error.message, action: error.action, exit: error.exitCode };
  }
  if (error instanceof RemoteProblem) {
    const { code, message, action, status } = error;
    return {
      code,
      message,
      action,
      exit: status === 400 || status === 404 ? EXIT.usage : EXIT.failed,
    };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const action = 'This is a fault of Falsework: please report it with the lines above.';
  return { code: 'FW_INTERNAL', message, action, exit: EXIT.failed };
}
