import { Plane } from '../plane/plane.ts';

/**
 * Which plane a seam is part of. Asked at every call, because the plane of the process may be set
 * later.
 */
export interface Home {
  readonly plane: Plane;
}

let shared: { plane: Plane } | null = null;

/**
 * The home of seams that name no plane: the attached plane, or one that stands alone until there is
 * one.
 */
export function sharedHome(): Home {
  shared ??= { plane: new Plane() };
  return shared;
}

/**
 * Makes every seam of this process that names no plane of its own part of `plane`, those defined
 * earlier included. They follow it from their next call on.
 *
 * ```ts
 * const link = connectToControl({ url, token, migration: 'pricing', clock, random });
 * attach(new Plane({ link }));
 * ```
 */
export function attach(plane: Plane): void {
  if (shared === null) shared = { plane };
  else shared.plane = plane;
}
