import { z } from 'zod';
import { route } from './route.ts';
import { causeLine, dataHeard, distribution, history, session, signIn } from './wire-console.ts';
import { migrationStatus } from './wire-status.ts';
import { foreignText, instant, migrationName } from './wire-values.ts';

const nothing = z.object({});
const one = z.object({ migration: migrationName });

/** What the console needs besides what every client of control uses. */
export const CONSOLE_ROUTES = {
  session: route({
    method: 'GET',
    path: '/v1/session',
    role: 'none',
    summary: 'Who is signed in to the console; `null` for nobody.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({ session: session.nullable() }),
  }),
  signIn: route({
    method: 'POST',
    path: '/v1/session',
    role: 'none',
    summary: 'Takes a token and sets a session cookie that no script can read.',
    params: nothing,
    query: nothing,
    body: signIn,
    answer: session,
  }),
  signOut: route({
    method: 'POST',
    path: '/v1/session/end',
    role: 'none',
    summary: 'Takes the session cookie back.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: nothing,
  }),
  events: route({
    method: 'GET',
    path: '/v1/events',
    role: 'viewer',
    summary:
      'Every migration, where it stands now. With `Accept: text/event-stream`, that and every change.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({ at: instant, migrations: z.array(migrationStatus) }),
  }),
  history: route({
    method: 'GET',
    path: '/v1/migrations/:migration/history',
    role: 'viewer',
    summary: 'Comparisons over time: of one stratum, of one seam, or of all.',
    params: one,
    query: z.object({ seam: foreignText.optional(), stratum: foreignText.optional() }),
    body: nothing,
    answer: history,
  }),
  distributions: route({
    method: 'GET',
    path: '/v1/migrations/:migration/latency',
    role: 'viewer',
    summary: 'How long both sides took in the present epoch, by stratum.',
    params: one,
    query: nothing,
    body: nothing,
    answer: z.object({ strata: z.array(distribution) }),
  }),
  causeLines: route({
    method: 'GET',
    path: '/v1/migrations/:migration/cause-lines',
    role: 'viewer',
    summary: 'Every cause of differences in a line, most frequent first.',
    params: one,
    query: z.object({ epoch: z.coerce.number().int().min(1).optional() }),
    body: nothing,
    answer: z.object({ causes: z.array(causeLine) }),
  }),
  dataNow: route({
    method: 'GET',
    path: '/v1/migrations/:migration/data',
    role: 'viewer',
    summary: 'What the data side said last; `null` while it has said nothing.',
    params: one,
    query: nothing,
    body: nothing,
    answer: z.object({ data: dataHeard.nullable() }),
  }),
} as const;
