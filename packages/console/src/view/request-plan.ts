import type { StepRequest } from '@falsework/client/contract';

/** What a button of a request says, and what it asks before anything is shown. */
export interface RequestWords {
  readonly title: string;
  /** The button that does it: it names the effect. */
  readonly confirm: string;
}

/** How each request is named to people. */
export function wordsOf(request: StepRequest): RequestWords {
  switch (request.type) {
    case 'advance':
      return { title: 'Advance to the next step', confirm: 'Advance' };
    case 'approve':
      return { title: 'Approve, by name', confirm: 'Approve in my name' };
    case 'hold':
      return { title: 'Hold every step forward', confirm: 'Hold' };
    case 'resume':
      return { title: 'Resume', confirm: 'Allow steps forward again' };
    case 'rollback':
      return { title: `Retreat to ${request.to}`, confirm: `Retreat to ${request.to} now` };
    case 'accept':
      return { title: 'Accept this difference', confirm: 'Accept until then' };
    case 'reopen':
      return { title: 'Take the acceptance back', confirm: 'Count it again' };
  }
}

/** The same request as somebody would type it: whoever is on call may have no browser next time. */
export function commandOf(request: StepRequest): string {
  const execute = ' --execute';
  switch (request.type) {
    case 'advance':
      return `falsework advance${request.to === null ? '' : ` --to ${request.to}`}${execute}`;
    case 'approve':
      return `falsework approve${request.for === null ? '' : ` ${request.for}`}${execute}`;
    case 'hold':
      return `falsework hold --reason ${quoted(request.reason)}${execute}`;
    case 'resume':
      return `falsework hold --resume${execute}`;
    case 'rollback':
      return `falsework rollback ${request.to} --reason ${quoted(request.reason)}${execute}`;
    case 'accept': {
      const until = new Date(request.expiresAt).toISOString().slice(0, 10);
      const { owner, reason } = request;
      const why = `--owner ${quoted(owner)} --reason ${quoted(reason)} --until ${until}`;
      return `falsework diffs accept ${request.id.slice(0, 8)} ${why}${execute}`;
    }
    case 'reopen':
      return `falsework diffs reopen ${request.id.slice(0, 8)}${execute}`;
  }
}

/** A word as a shell takes it, whatever is in it. */
function quoted(text: string): string {
  return /^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
