import type { StepRequest, WireRefusal } from '@falsework/client/contract';
import { formatDuration } from '@falsework/core/text';
import type { RunFacts, Step, SwitchOutcome } from '@falsework/data';
import type { Context } from '../context.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, painter, say, sayJson } from '../terminal/terminal.ts';
import { checklist } from '../words/checklist.ts';
import type { ToldControl } from './tell-control.ts';

/** Shows what control holds against a step, if anything. */
export function showRefusal(
  { terminal }: Context,
  { json }: { readonly json?: boolean },
  refusal: Pick<WireRefusal, 'message' | 'action' | 'missing'>,
): Exit {
  if (json) sayJson(terminal, { state: 'refused', refusal });
  else {
    const paint = painter(terminal);
    note(terminal, `${paint('red', 'refused')} ${refusal.message}`);
    for (const line of checklist(refusal.missing, paint)) note(terminal, line);
    note(terminal, refusal.action);
  }
  return EXIT.refused;
}

/**
 * What control would say once the stores have switched: the gates that only the switch itself can
 * open are left out. `null` when nothing else is in the way.
 */
export async function refusalBeside(
  control: ToldControl | null,
  request: StepRequest,
  { gate, code }: { readonly gate: string; readonly code: string },
): Promise<WireRefusal | null> {
  if (control === null) return null;
  await control.report();
  const refusal = await control.ask(request, { execute: false });
  if (refusal === null || refusal.code === code) return null;
  const missing = refusal.missing.filter((one) => one.gate !== gate);
  return missing.length === 0 && refusal.missing.length > 0 ? null : { ...refusal, missing };
}

/** Tells of each step as it is taken: a line for people, a JSON line for scripts. */
export function stepTeller(
  { terminal }: Context,
  { json }: { readonly json?: boolean },
): (step: Step, facts: RunFacts) => void {
  return (step) => {
    if (json) sayJson(terminal, { event: 'step', step });
    else note(terminal, `  ${step}`);
  };
}

/** Shows how a switch ended. */
export function showOutcome(
  context: Context,
  options: { readonly json?: boolean },
  outcome: SwitchOutcome,
): Exit {
  const { terminal } = context;
  if (outcome.state === 'refused') {
    const { because: message, action } = outcome;
    return showRefusal(context, options, {
      message: `${message}. Nothing was changed.`,
      action,
      missing: [],
    });
  }
  const { run } = outcome;
  if (outcome.state === 'undone') {
    const { code, message, action } = outcome.error;
    if (options.json) sayJson(terminal, { state: 'undone', run, error: { code, message, action } });
    else {
      note(terminal, `undone ${message} (${code})`);
      note(terminal, action);
    }
    return EXIT.failed;
  }
  if (options.json) sayJson(terminal, { state: 'done', run });
  else {
    const { pauseMs, compared = 0 } = run.facts;
    const waited = pauseMs === undefined ? '' : `; writers waited ${formatDuration(pauseMs)}`;
    say(terminal, `done: ${run.kind}, ${compared} keys compared behind the fence${waited}`);
  }
  return EXIT.done;
}
