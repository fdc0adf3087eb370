import { useSyncExternalStore } from 'react';

/** Colours of the present theme, as a canvas needs them. */
export interface Theme {
  readonly text: string;
  readonly grid: string;
  readonly legacy: string;
  readonly candidate: string;
  readonly band: string;
  readonly limit: string;
  readonly good: string;
  readonly bad: string;
  readonly mark: string;
}

const DARK = '(prefers-color-scheme: dark)';
const NARROW = '(max-width: 600px)';

/** The colours in force; drawn anew when the person's system changes from light to dark. */
export function useTheme(): Theme {
  const isDark = useMedia(DARK);
  return themeOf(isDark);
}

/** True on a phone. */
export function useIsNarrow(): boolean {
  return useMedia(NARROW);
}

const themes = new Map<boolean, Theme>();

/** One object per theme, so that a chart is only made anew when it changes. */
function themeOf(isDark: boolean): Theme {
  const known = themes.get(isDark);
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const theme = {
    text: colour('quiet'),
    grid: colour('line'),
    legacy: colour('legacy'),
    candidate: colour('candidate'),
    band: colour('band'),
    limit: colour('bad'),
    good: colour('good'),
    bad: colour('bad'),
    mark: colour('mark'),
  };
  themes.set(isDark, theme);
  return theme;
}

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const media = matchMedia(query);
      media.addEventListener('change', tell);
      return () => media.removeEventListener('change', tell);
    },
    () => matchMedia(query).matches,
  );
}
