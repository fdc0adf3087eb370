import type { Context } from '../context.ts';
import { reportFailure } from '../terminal/failure.ts';
import { note } from '../terminal/terminal.ts';

/**
 * Does `reload` each time that the process is asked to, one after the other, and says how it went:
 * whoever sends a signal hears nothing else. Returns how to stop.
 */
export function reloadOnSignal(context: Context, reload: () => Promise<void>): () => void {
  const { terminal } = context;
  let last = Promise.resolve();
  return context.onReload(() => {
    last = last.then(async () => {
      try {
        await reload();
        note(terminal, 'the new configuration is taken up; no connection was closed');
      } catch (error) {
        note(terminal, 'the new configuration was not taken up; everything goes on as before');
        reportFailure(terminal, error, false);
      }
    });
  });
}
