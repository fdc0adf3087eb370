import type { AdminClient } from '@falsework/client';
import { ROUTES, type StepRequest, type WireRefusal } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { dataReport, type ReportParts } from '@falsework/data';

/** Control, for the data side of one migration. */
export interface ToldControl {
  /** Reads both stores and tells control what is known of them. */
  report(): Promise<void>;
  /** Asks for a step; gives the refusal, or `null` when it is, or would be, taken. */
  ask(request: StepRequest, options: { readonly execute: boolean }): Promise<WireRefusal | null>;
  /** Where control stands. */
  stage(): Promise<string>;
  /** As `ask`, once after reporting, and rejects with `FW_TURNOVER_ANNOUNCE` when it is refused. */
  follow(request: StepRequest): Promise<void>;
}

/** What telling control rests on. */
export interface TellingParts {
  readonly client: AdminClient;
  readonly migration: string;
  readonly by: string;
  readonly clock: Clock;
  readonly stores: ReportParts;
}

/** Speaks to control for the data side of one migration. */
export function toldControl({ client, migration, by, clock, stores }: TellingParts): ToldControl {
  const params = { migration };
  const report = async (): Promise<void> => {
    const body = await dataReport(stores, clock.now());
    const invariants = body.invariants && {
      ...body.invariants,
      unequal: [...body.invariants.unequal],
    };
    await client.call(ROUTES.data, { params, query: {}, body: { ...body, invariants } });
  };
  const ask: ToldControl['ask'] = async (request, { execute }) => {
    const body = { by, execute, request };
    return (await client.call(ROUTES.decide, { params, query: {}, body })).refusal;
  };
  const stage = async (): Promise<string> =>
    (await client.call(ROUTES.migration, { params, query: {}, body: {} })).stage;
  return {
    report,
    ask,
    stage,
    follow: async (request) => {
      await report();
      const refusal = await ask(request, { execute: true });
      // Somebody may have told it already, before whoever did was interrupted.
      const wanted = request.type === 'advance' || request.type === 'rollback' ? request.to : null;
      if (refusal === null || (await stage()) === wanted) return;
      throw fault('FW_TURNOVER_ANNOUNCE', { because: refusal.message });
    },
  };
}
