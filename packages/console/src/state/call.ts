import { type Answer, type CallInput, problem, type Route } from '@falsework/client/contract';

/** A call that was not answered as it should be, in words for people. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: string;
  readonly action: string;
  /** Of the answer; 0 when there was none. */
  readonly status: number;

  constructor(
    said: { readonly code: string; readonly message: string; readonly action: string },
    status: number,
  ) {
    super(said.message);
    this.code = said.code;
    this.action = said.action;
    this.status = status;
  }

  /** True when nobody is signed in any more. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

// Control answers in milliseconds; longer means that it is not there.
const TIMEOUT_MS = 10_000;

/**
 * Calls control with the session of this browser. Rejects with a {@link CallFailure} whatever goes
 * wrong; the answer is checked against the contract before it is believed: a page that was left
 * open may be older than the control that answers.
 */
export async function call<R extends Route>(route: R, input: CallInput<R>): Promise<Answer<R>> {
  const isWriting = route.method === 'POST';
  const response = await fetch(pathOf(route, input), {
    method: route.method,
    // The header proves that a script of this very origin asks; control refuses to act without it.
    headers: isWriting ? { 'content-type': 'application/json', 'x-falsework-console': '1' } : {},
    ...(isWriting ? { body: JSON.stringify(input.body) } : {}),
    credentials: 'same-origin',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new CallFailure(
      {
        code: 'FW_CONTROL_UNREACHABLE',
        message: 'Control does not answer. Planes serve on by their last snapshot.',
        action: 'Nothing was changed as far as is known; look again when it is back.',
      },
      0,
    );
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) {
    const answer = route.answer.safeParse(body);
    if (answer.success) return answer.data as Answer<R>;
  }
  const said = problem.safeParse(body);
  if (!response.ok && said.success) throw new CallFailure(said.data, response.status);
  throw new CallFailure(
    {
      code: 'FW_CONTROL_ANSWER',
      message: `Control answered with something else (status ${response.status}).`,
      action: 'Reload the page: this one may be older than control.',
    },
    response.status,
  );
}

/** The address of a route, with what it is asked. */
export function pathOf<R extends Route>(
  route: R,
  { params, query }: Pick<CallInput<R>, 'params' | 'query'>,
): string {
  const named = params as Record<string, string>;
  const path = route.path.replace(/:(\w+)/g, (_, key: string) =>
    encodeURIComponent(named[key] ?? ''),
  );
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query as Record<string, unknown>)) {
    if (value !== undefined && value !== null) asked.set(key, String(value));
  }
  return asked.size === 0 ? path : `${path}?${asked}`;
}
