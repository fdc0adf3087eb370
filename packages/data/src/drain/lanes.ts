import { murmur3 } from '@falsework/core/text';
import type { RowPage } from './read-rows.ts';

type Columns = RowPage['present']['columns'];

/**
 * Divides a page among lanes by the follower's key, so that two states of one row never meet in two
 * lanes. Every lane gets a page, if an empty one. O(rows).
 */
export function intoLanes(page: RowPage, lanes: number): RowPage[] {
  const width = page.mapping.key.length;
  const laneOf = (columns: Columns, row: number): number =>
    murmur3(
      columns
        .slice(0, width)
        .map((column) => column[row] ?? '')
        .join('\0'),
    ) % lanes;
  const presentLanes = page.present.sourceKeys.map((_, row) => laneOf(page.present.columns, row));
  const absentLanes = page.absent.sourceKeys.map((_, row) => laneOf(page.absent.columns, row));
  return Array.from({ length: lanes }, (_, lane) =>
    keepRows(page, {
      present: (row) => presentLanes[row] === lane,
      absent: (row) => absentLanes[row] === lane,
    }),
  );
}

/** The rows of a page that have one of the keys of the source. */
export function onlyKeys(page: RowPage, keys: readonly (readonly string[])[]): RowPage {
  const wanted = new Set(keys.map((key) => JSON.stringify(key)));
  const has = (all: readonly (readonly string[])[], row: number): boolean =>
    wanted.has(JSON.stringify(all[row]));
  return keepRows(page, {
    present: (row) => has(page.present.sourceKeys, row),
    absent: (row) => has(page.absent.sourceKeys, row),
  });
}

/** Pages of one mapping as one. */
export function together(pages: readonly RowPage[]): RowPage | null {
  const [first] = pages;
  if (first === undefined || pages.length === 1) return first ?? null;
  const joined = (columnsOf: (page: RowPage) => Columns): Columns =>
    columnsOf(first).map((_, i) => pages.flatMap((page) => columnsOf(page)[i] ?? []));
  return {
    mapping: first.mapping,
    present: {
      columns: joined(({ present }) => present.columns),
      marks: pages.flatMap(({ present }) => present.marks),
      sourceKeys: pages.flatMap(({ present }) => present.sourceKeys),
    },
    absent: {
      columns: joined(({ absent }) => absent.columns),
      sourceKeys: pages.flatMap(({ absent }) => absent.sourceKeys),
    },
    poisoned: [],
    bytes: 0,
  };
}

type Test = (row: number) => boolean;

function keepRows(
  page: RowPage,
  { present, absent }: { readonly present: Test; readonly absent: Test },
): RowPage {
  const kept = <T>(values: readonly T[], test: Test): T[] => values.filter((_, row) => test(row));
  return {
    mapping: page.mapping,
    present: {
      columns: page.present.columns.map((column) => kept(column, present)),
      marks: kept(page.present.marks, present),
      sourceKeys: kept(page.present.sourceKeys, present),
    },
    absent: {
      columns: page.absent.columns.map((column) => kept(column, absent)),
      sourceKeys: kept(page.absent.sourceKeys, absent),
    },
    poisoned: [],
    bytes: 0,
  };
}
