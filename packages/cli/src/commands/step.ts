import type { AdminClient } from '@falsework/client';
import {
  type MigrationStatus,
  ROUTES,
  type StepRequest,
  type WireCause,
} from '@falsework/client/contract';
import { decidedWords } from '@falsework/client/words';
import { chooseCause } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, painter, say, sayJson } from '../terminal/terminal.ts';
import { checklist } from '../words/checklist.ts';

/** Options that every step takes. */
export interface StepOptions extends AccessOptions {
  readonly by?: string;
  readonly execute?: boolean;
  readonly json?: boolean;
}

/**
 * Asks control for a step. Without `--execute` control only says what would happen. A refusal exits
 * with 3 and has changed nothing, so that a script cannot take it for success.
 */
export async function takeStep(
  context: Context,
  options: StepOptions,
  request: () => StepRequest,
): Promise<Exit> {
  const client = await openControl(context, options);
  const status = await chooseMigration(client, options);
  return finishStep(
    context,
    options,
    status,
    await ask(client, context, options, status, request()),
  );
}

/** Asks for a step that is about one cause of differences. */
export async function takeStepOn(
  context: Context,
  options: StepOptions,
  id: string,
  request: (cause: WireCause) => StepRequest,
): Promise<Exit> {
  const client = await openControl(context, options);
  const status = await chooseMigration(client, options);
  const asked = request(await chooseCause(client, status, id));
  return finishStep(context, options, status, await ask(client, context, options, status, asked));
}

function finishStep(
  context: Context,
  options: StepOptions,
  status: MigrationStatus,
  answer: Answer,
): Exit {
  const { terminal } = context;
  if (options.json) sayJson(terminal, answer);
  else if (answer.refusal) showRefusal(context, answer.refusal);
  else showDecision(context, answer, status.name);
  return answer.refusal ? EXIT.refused : EXIT.done;
}

type Answer = Awaited<ReturnType<typeof ask>>;

function ask(
  client: AdminClient,
  context: Context,
  options: StepOptions,
  status: MigrationStatus,
  request: StepRequest,
) {
  const body = { by: options.by ?? context.user, execute: options.execute === true, request };
  return client.call(ROUTES.decide, { params: { migration: status.name }, query: {}, body });
}

function showRefusal({ terminal }: Context, refusal: NonNullable<Answer['refusal']>): void {
  const paint = painter(terminal);
  note(terminal, `${paint('red', 'refused')} ${refusal.message}`);
  for (const line of checklist(refusal.missing, paint)) note(terminal, line);
  note(terminal, refusal.action);
}

function showDecision({ terminal }: Context, answer: Answer, name: string): void {
  const paint = painter(terminal);
  const { decision } = answer;
  if (!decision) return;
  if (answer.isExecuted) {
    say(
      terminal,
      `${paint('green', 'done')} ${name}: ${decision.because} (decision ${decision.sequence}).`,
    );
  } else {
    say(terminal, `${paint('bold', 'plan')} ${name}: ${decision.because}.`);
  }
  say(terminal, `  stands in ${decidedWords(decision)}`);
  for (const line of checklist(decision.gates, paint)) say(terminal, line);
  if (answer.costs !== null) say(terminal, `  costs: ${answer.costs}`);
  say(terminal, `  undo: ${answer.undo}`);
  if (!answer.isExecuted) say(terminal, 'Nothing was changed. Add --execute to do it.');
}
