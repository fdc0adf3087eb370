import { fault } from '@falsework/core/errors';
import { Agent, request } from 'undici';
import type { OrderResult } from '../writes/write-debts.ts';
import type { OpenWrites, WriteOrder } from './order.ts';
import { orderSocketIn } from './order-socket.ts';

// A guard answers in milliseconds; an order waits for one sync of the disk.
const TIMEOUT_MS = 10_000;

/** What stands open at the guard of this folder. Rejects with FW_WRITES_UNREACHABLE. */
export function openWritesAt(folder: string): Promise<OpenWrites> {
  return ask<OpenWrites>(folder, { method: 'GET', path: '/writes' });
}

/**
 * Hands an order to the guard of this folder. Resolves with why it was refused, and nothing was
 * changed then; rejects with FW_WRITES_UNREACHABLE.
 */
export function orderWrites(folder: string, order: WriteOrder): Promise<OrderResult> {
  return ask<OrderResult>(folder, { method: 'POST', path: '/orders', body: JSON.stringify(order) });
}

async function ask<Answer>(
  folder: string,
  {
    path,
    ...asked
  }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string },
): Promise<Answer> {
  const dispatcher = new Agent({ connect: { socketPath: orderSocketIn(folder) } });
  try {
    const answer = await request(`http://guard${path}`, {
      ...asked,
      dispatcher,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    return (await answer.body.json()) as Answer;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const because = String(code ?? message);
    throw fault('FW_WRITES_UNREACHABLE', { folder, because }, error);
  } finally {
    await dispatcher.destroy();
  }
}
