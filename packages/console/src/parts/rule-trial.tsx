import { ROUTES, type WireCause } from '@falsework/client/contract';
import { isFalseworkError } from '@falsework/core/errors';
import type { StoredPair } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { type CallFailure, call } from '../state/call.ts';
import type { TriedRule } from '../view/try-rule.ts';

const PAIRS_MAX = 1_000;
const AFTER_TYPING_MS = 250;

/**
 * A rule, and at once what it would excuse among the stored differences: of this cause, and of
 * others, which it would hide. Nothing is sent anywhere: the rule goes into the configuration.
 */
export function RuleTrial({
  migration,
  cause: { record, proposal },
}: {
  readonly migration: string;
  readonly cause: WireCause;
}): ReactNode {
  const [text, setText] = useState(proposal?.rule ?? '');
  const tried = useTrial(migration, record.id, text);
  const field = useId();
  return (
    <div className="rule-trial">
      <label htmlFor={field}>A rule, as in the configuration</label>
      <textarea
        id={field}
        rows={3}
        spellCheck={false}
        value={text}
        placeholder='{"rule":"ignore","path":"$.quotedAt"}'
        onChange={({ target }) => setText(target.value)}
      />
      <div role="status">{tried === null ? null : <Tried tried={tried} />}</div>
      <p className="quiet">
        A rule excuses a difference for good. Put it under <code>compare</code> of its route in the
        configuration; the evidence starts again then.
      </p>
    </div>
  );
}

function Tried({ tried }: { readonly tried: TriedRule | string }): ReactNode {
  if (typeof tried === 'string') return <p className="bad">{tried}</p>;
  const { pairs, meant, hidden } = tried;
  return (
    <>
      <p>
        Of {formatCounted(pairs, 'stored pair')} it would accept{' '}
        <strong className={meant.excused === meant.pairs && meant.pairs > 0 ? 'good' : 'warn'}>
          {meant.excused} of {meant.pairs}
        </strong>{' '}
        that show this cause.
        {meant.beyond > 0
          ? ` No rule reaches ${formatCounted(meant.beyond, 'other')} of them.`
          : ''}
      </p>
      {hidden.length === 0 ? (
        <p className="good">It would hide no other cause.</p>
      ) : (
        <>
          <p className="bad">It would hide other causes as well:</p>
          <ul>
            {hidden.map(({ id, excused, pairs: of }) => (
              <li key={id} className="bad">
                #{id.slice(0, 4)}: {excused} of {of}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Tries the rule over every stored pair of the migration, a moment after the last key. */
function useTrial(migration: string, id: string, text: string): TriedRule | string | null {
  const [pairs, setPairs] = useState<readonly StoredPair[] | null>(null);
  const [tried, setTried] = useState<TriedRule | string | null>(null);
  useEffect(() => {
    const query = { limit: PAIRS_MAX };
    void call(ROUTES.pairs, { params: { migration }, query, body: {} }).then(
      (answer) => setPairs(answer.pairs),
      (failure: CallFailure) => setTried(failure.message),
    );
  }, [migration]);
  useEffect(() => {
    if (pairs === null) return;
    if (text.trim() === '') {
      setTried(null);
      return;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      // The comparator comes only for whoever tries a rule: it is a third of everything else.
      void import('../view/try-rule.ts').then(
        ({ tryRule }) => isWanted && setTried(attempt(() => tryRule(text, id, pairs))),
        () => isWanted && setTried('The comparator could not be loaded. Reload the page.'),
      );
    }, AFTER_TYPING_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [pairs, text, id]);
  return tried;
}

function attempt(act: () => TriedRule): TriedRule | string {
  try {
    return act();
  } catch (error) {
    if (isFalseworkError(error)) return error.message;
    if (error instanceof SyntaxError) return `It is not JSON: ${error.message}`;
    throw error;
  }
}
