import { type CauseLine, type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { shortIds } from '@falsework/client/words';
import { formatCount, formatCounted } from '@falsework/core/text';
import { type ReactNode, useMemo } from 'react';
import { useIsNarrow } from '../charts/theme.ts';
import { Trend } from '../parts/trend.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Moment } from '../parts/words.tsx';
import { useLive } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { follow, go, type Place, usePlace, withQuery } from '../state/location.ts';
import { type CauseFilter, filtered, filterIn } from '../view/cause-filter.ts';

const STATES = ['open', 'explained', 'accepted', 'fixed', 'regressed'] as const;
const ROW_HEIGHT = 44;
const ROW_HEIGHT_NARROW = 88;
const LIST_HEIGHT = 640;

/** The causes of differences, most frequent first; what is shown of them stands in the address. */
export function DifferencesPage({ status }: { readonly status: MigrationStatus }): ReactNode {
  const place = usePlace();
  const { changes } = useLive();
  const isNarrow = useIsNarrow();
  const isAll = place.query.get('epochs') === 'all';
  const query = isAll ? {} : { epoch: status.epoch.ordinal };
  const params = { migration: status.name };
  const { value, failure } = useLoaded(ROUTES.causeLines, { params, query }, changes);
  const filter = filterIn(place.query);
  const asked = place.query.toString();
  const causes = value?.causes;
  // The address says all there is to know of a filter.
  const shown = useMemo(() => filtered(causes ?? [], filter), [causes, asked]);
  const short = useMemo(() => shortIds((causes ?? []).map(({ id }) => id)), [causes]);
  return (
    <>
      <h1>Differences</h1>
      <Filters place={place} filter={filter} seams={seamsOf(causes ?? [])} isAll={isAll} />
      {failure ? <p role="alert">{failure.message}</p> : null}
      <p className="quiet" role="status">
        {causes === undefined
          ? 'Asking control…'
          : `${formatCounted(shown.length, 'cause')} of ${formatCount(causes.length)}${isAll ? ' in all epochs' : ` in epoch ${status.epoch.ordinal}`}`}
      </p>
      {shown.length > 0 ? (
        <VirtualList
          items={shown}
          keyOf={({ seam, id, isNoise }) => `${isNoise} ${seam} ${id}`}
          rowHeight={isNarrow ? ROW_HEIGHT_NARROW : ROW_HEIGHT}
          height={LIST_HEIGHT}
          label="Causes of differences"
        >
          {(cause) => (
            <CauseRow cause={cause} short={short.get(cause.id) ?? ''} migration={status.name} />
          )}
        </VirtualList>
      ) : null}
    </>
  );
}

function seamsOf(causes: readonly CauseLine[]): string[] {
  return [...new Set(causes.map(({ seam }) => seam))].sort();
}

function CauseRow({
  cause,
  short,
  migration,
}: {
  readonly cause: CauseLine;
  /** As much of its id as tells it from all the others. */
  readonly short: string;
  readonly migration: string;
}): ReactNode {
  const { id, seam, template, kind, count, state, lastAt, trend, owner, hasRule } = cause;
  return (
    <a className="cause-row" href={`/m/${migration}/differences/${id}`} onClick={follow}>
      <code>{short}</code>
      <span className="count">{formatCount(count)}×</span>
      <span className="what" title={`${seam} ${template}`}>
        {seam} <strong>{template}</strong> {kind}
      </span>
      <span className={`state s-${state}`}>{state}</span>
      <Trend counts={trend} />
      <span className="quiet last">
        last <Moment at={lastAt} />
      </span>
      <span className="quiet owner">{owner ?? (hasRule ? 'a rule is proposed' : '')}</span>
    </a>
  );
}

function Filters({
  place,
  filter,
  seams,
  isAll,
}: {
  readonly place: Place;
  readonly filter: CauseFilter;
  readonly seams: readonly string[];
  readonly isAll: boolean;
}): ReactNode {
  const set = (values: Readonly<Record<string, string | null>>): void =>
    go(withQuery(place, values), { replace: true });
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        Find
        <input
          type="search"
          placeholder="#a41f, path or kind"
          value={filter.text ?? ''}
          onChange={({ target }) => set({ text: target.value })}
        />
      </label>
      <Choice
        name="State"
        value={filter.state}
        choices={STATES}
        choose={(state) => set({ state })}
      />
      <Choice name="Seam" value={filter.seam} choices={seams} choose={(seam) => set({ seam })} />
      <label>
        Order
        <select value={filter.order} onChange={({ target }) => set({ order: target.value })}>
          <option value="impact">most frequent first</option>
          <option value="latest">seen last first</option>
          <option value="oldest">oldest first</option>
        </select>
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={isAll}
          onChange={({ target }) => set({ epochs: target.checked ? 'all' : null })}
        />
        All epochs
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={filter.isNoise}
          onChange={({ target }) => set({ noise: target.checked ? 'yes' : null })}
        />
        Where legacy differs from itself
      </label>
    </form>
  );
}

function Choice({
  name,
  value,
  choices,
  choose,
}: {
  readonly name: string;
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly choose: (value: string | null) => void;
}): ReactNode {
  return (
    <label>
      {name}
      <select
        value={value ?? ''}
        onChange={({ target }) => choose(target.value === '' ? null : target.value)}
      >
        <option value="">any</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    </label>
  );
}
