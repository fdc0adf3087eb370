import { type AdminClient, RemoteProblem } from '@falsework/client';
import { type DecisionLine, type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { isFalseworkError } from '@falsework/core/errors';
import { pause } from '@falsework/system';
import type { Context } from '../context.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { changeLines } from './changes.ts';
import { overviewLines } from './overview.ts';
import { Screen } from './screen.ts';
import type { View, Watched } from './view.ts';

/** How to watch. */
export interface WatchOptions {
  readonly intervalMs: number;
  /** One migration; all of them when left out. */
  readonly migration?: string;
  readonly isJson: boolean;
}

/**
 * Shows where every migration stands until it is asked to stop. Control may go and come: what was
 * heard last stays, marked as stale. Rejects with what asking again would not help: a token that is
 * missing or refused.
 */
export async function watchStatus(
  context: Context,
  client: AdminClient,
  { intervalMs, migration, isJson }: WatchOptions,
): Promise<void> {
  const { terminal, clock } = context;
  const screen = new Screen(terminal);
  const paint = painter(terminal);
  const source = new StatusSource(context, client, migration ?? null);
  const isDrawn = terminal.isInteractive && !isJson;
  let before: View | null = null;
  const stopped = context.stopped().then(() => 'stopped' as const);
  try {
    for (;;) {
      const view = await Promise.race([source.look(), stopped]);
      if (view === 'stopped') return;
      if (isDrawn) {
        const { columns } = terminal.size();
        screen.draw(overviewLines(view, clock.now(), paint, columns));
      } else if (isJson) {
        if (!isSame(before, view)) sayJson(terminal, documentOf(view, clock.now()));
      } else {
        const at = new Date(clock.now()).toISOString();
        for (const line of changeLines(before, view)) say(terminal, `${at} ${line}`);
      }
      before = view;
      if ((await Promise.race([pause(clock, intervalMs), stopped])) === 'stopped') return;
    }
  } finally {
    // Whatever ends it, the terminal is as it was.
    screen.close();
  }
}

/** A view for scripts: `isStale` says whether what follows is of now. */
function documentOf({ heardAt, silent, migrations }: View, now: number): object {
  const because = silent?.because ?? null;
  return { at: now, heardAt, isStale: silent !== null, because, migrations };
}

function isSame(before: View | null, after: View): boolean {
  if (before === null) return false;
  // The time of hearing alone is no news.
  const news = ({ silent, migrations }: View): string =>
    JSON.stringify([silent?.because ?? null, migrations]);
  return news(before) === news(after);
}

/** Asks control, and remembers what it said last. */
class StatusSource {
  readonly #context: Context;
  readonly #client: AdminClient;
  readonly #migration: string | null;
  readonly #decisions = new Map<string, { readonly version: number; line: DecisionLine | null }>();
  #view: View;

  constructor(context: Context, client: AdminClient, migration: string | null) {
    this.#context = context;
    this.#client = client;
    this.#migration = migration;
    this.#view = { url: client.url, heardAt: null, silent: null, migrations: [] };
  }

  async look(): Promise<View> {
    const { clock } = this.#context;
    try {
      const nothing = { params: {}, query: {}, body: {} };
      const { migrations: all } = await this.#client.call(ROUTES.migrations, nothing);
      const wanted = all.filter(({ name }) => this.#migration === null || name === this.#migration);
      const migrations = await Promise.all(wanted.map((status) => this.#whole(status)));
      this.#view = { url: this.#client.url, heardAt: clock.now(), silent: null, migrations };
    } catch (error) {
      const because = silenceOf(error);
      if (because === null) throw error;
      const since = this.#view.silent?.since ?? this.#view.heardAt ?? clock.now();
      this.#view = { ...this.#view, silent: { since, because } };
    }
    return this.#view;
  }

  async #whole(status: MigrationStatus): Promise<Watched> {
    const params = { migration: status.name };
    const [decision, data] = await Promise.all([
      this.#lastDecision(status),
      // Over a shared store there is no data side, and nothing to ask for.
      status.data === null
        ? null
        : this.#client
            .call(ROUTES.dataNow, { params, query: {}, body: {} })
            .then((answer) => answer.data),
    ]);
    return { status, decision, data };
  }

  /** Asked for only when there is a new one. */
  async #lastDecision({ name, version }: MigrationStatus): Promise<DecisionLine | null> {
    const known = this.#decisions.get(name);
    if (known?.version === version) return known.line;
    const { decisions } = await this.#client.call(ROUTES.decisions, {
      params: { migration: name },
      query: { after: Math.max(0, version - 1), limit: 1 },
      body: {},
    });
    const line = decisions[0] ?? null;
    this.#decisions.set(name, { version, line });
    return line;
  }
}

/** Why control says nothing, where it may say something later; `null` where it will not. */
function silenceOf(error: unknown): string | null {
  if (error instanceof RemoteProblem) return error.status >= 500 ? error.code : null;
  if (!isFalseworkError(error)) return null;
  if (error.code === 'FW_CONTROL_UNREACHABLE') {
    const { because } = error.facts as { readonly because: string };
    return because;
  }
  return error.code === 'FW_CONTROL_ANSWER' ? 'something else answers' : null;
}
