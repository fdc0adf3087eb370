import type { Environment } from '@falsework/config';
import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import { processTerminal, type Terminal } from './terminal/terminal.ts';

/** Everything that a command may touch outside of itself. */
export interface Context {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Environment;
  readonly clock: Clock;
  /**
   * Who acts, as far as this machine knows; shown in the log, and overruled by a token that belongs
   * to somebody.
   */
  readonly user: string;
  /** Calls back whenever the process is asked to read its configuration again, until cancelled. */
  readonly onReload: (reload: () => void) => () => void;
  /** Resolves when the process is asked to stop. */
  readonly stopped: () => Promise<'SIGINT' | 'SIGTERM'>;
}

/** The process itself. */
export function processContext(): Context {
  return {
    terminal: processTerminal(),
    cwd: process.cwd(),
    env: process.env,
    clock: systemClock,
    user: process.env['USER'] ?? process.env['USERNAME'] ?? 'somebody',
    onReload: (reload) => {
      process.on('SIGHUP', reload);
      return () => process.off('SIGHUP', reload);
    },
    stopped: () =>
      new Promise((resolve) => {
        process.once('SIGINT', () => resolve('SIGINT'));
        process.once('SIGTERM', () => resolve('SIGTERM'));
      }),
  };
}
