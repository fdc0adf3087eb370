/** Milliseconds, or a number with its unit: `31d`, `1h`, `5m`, `2s`, `100ms`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** A share from 0 to 1, or the same in per cent: `0.0001` or `0.01%`. */
export type Rate = number | `${number}%`;

/** Bytes, or a number with its unit: `512B`, `64KiB`, `1MiB`. */
export type Size = number | `${number}${'B' | 'KiB' | 'MiB'}`;

/**
 * What a route's shadow may do; DESIGN section 6. The kinds that need the candidate's own process
 * are the seam's.
 */
export type RouteEffects = 'none' | 'dry-run' | 'follow';
