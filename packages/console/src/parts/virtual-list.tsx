import { type ReactNode, type UIEvent, useState } from 'react';

// Drawn beyond both ends, so that a quick flick shows rows and not paper.
const BEYOND = 8;

/**
 * A list of any length of which only what is seen is drawn: ten thousand rows cost as much as
 * thirty. All rows are of one height.
 */
export function VirtualList<Item>({
  items,
  keyOf,
  rowHeight,
  height,
  label,
  children,
}: {
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly rowHeight: number;
  /** Of what is seen, at most. */
  readonly height: number;
  readonly label: string;
  readonly children: (item: Item) => ReactNode;
}): ReactNode {
  const [top, setTop] = useState(0);
  const seen = Math.ceil(height / rowHeight);
  // A shorter list than before leaves the browser no room to have scrolled that far.
  const lastTop = Math.max(0, items.length * rowHeight - height);
  const from = Math.max(0, Math.floor(Math.min(top, lastTop) / rowHeight) - BEYOND);
  const shown = items.slice(from, from + seen + 2 * BEYOND);
  const scrolled = ({ currentTarget }: UIEvent<HTMLDivElement>): void => {
    setTop(currentTarget.scrollTop);
  };
  return (
    <div
      className="virtual"
      style={{ maxHeight: height }}
      onScroll={scrolled}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <ul style={{ height: items.length * rowHeight }}>
        {shown.map((item, i) => (
          <li
            key={keyOf(item)}
            style={{ top: (from + i) * rowHeight, height: rowHeight }}
            aria-setsize={items.length}
            aria-posinset={from + i + 1}
          >
            {children(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}
