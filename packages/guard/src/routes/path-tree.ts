import { isIdLike } from './id-like.ts';

/** One place in the tree of learned paths. `Place` is what hangs there. */
export class PathNode<Place> {
  /** The path up to here with ids generalised: `/orders/{id}`. */
  readonly template: string;
  /**
   * How often a path must have been answered before its last segments are taken for names, and not
   * for ids.
   */
  readonly provenBy: number;
  readonly parent: PathNode<Place> | null;
  readonly depth: number;
  readonly isParam: boolean;
  readonly literals = new Map<string, PathNode<Place>>();
  param: PathNode<Place> | null = null;
  /** True when so many different values came that the next new one is an id too. */
  isGeneralised = false;
  visits = 0;
  /** Visits to its literals, which says how often each of them comes again. */
  literalVisits = 0;
  place: Place | null = null;

  constructor(
    template: string,
    over: Partial<Pick<PathNode<Place>, 'parent' | 'isParam'>> = {},
    provenBy = 1,
  ) {
    this.template = template;
    this.provenBy = provenBy;
    this.parent = over.parent ?? null;
    this.depth = this.parent === null ? 0 : this.parent.depth + 1;
    this.isParam = over.isParam ?? false;
  }
}

/** What a tree asks of what hangs in it. */
export interface TreeOptions<Place> {
  readonly newPlace: (node: PathNode<Place>) => Place;
  /** True when a place has been seen to be real often enough to be kept under its own name. */
  readonly isProven: (place: Place) => boolean;
  /** Called with what hung at a name that turned out to be an id. */
  readonly dropped: (place: Place) => void;
  readonly nodesMax: number;
}

// Beneath the root a path names kinds of things; deeper, a new segment may as well be a slug. More
// different ones than this, most of them seen but once or twice, are values of one parameter.
const SUSPICIOUS_MAX = 16;
// However often each is seen: nobody has more kinds of things in one place.
const LITERALS_MAX = 64;
// A path with more segments is no route of a service; it would only make every walk deeper.
const DEPTH_MAX = 16;
const RARE_VISITS_MAX = 2;
const PROVEN_BY_SUSPICIOUS = 3;
// Kinds of things come again; of the products of a shop, most visits are to one not seen before.
// One that takes four visits in ten is mistaken for a kind in one case of a thousand, and a kind
// that has no neighbours waits for eight visits.
const VISITS_PER_LITERAL = 8;

/**
 * Path templates, learned from the paths that come by. A segment that looks like an id is a
 * parameter at once; one that looks like a word is a name, until there are too many of them in one
 * place. Names that were proven by then keep their own template, so that evidence gathered under it
 * goes on.
 *
 *     /            orders          {id}        lines            GET /orders/{id}/lines
 *     └──────────► literal ──────► param ────► literal
 */
export class PathTree<Place> {
  readonly #options: TreeOptions<Place>;
  readonly #root = new PathNode<Place>('');
  #nodes = 1;

  constructor(options: TreeOptions<Place>) {
    this.#options = options;
  }

  /** How many nodes there are: bounded, whatever paths come. */
  get size(): number {
    return this.#nodes;
  }

  /**
   * The place of a path without its query; `null` when the tree is full and knows no such path.
   * O(segments).
   */
  find(path: string): Place | null {
    let node: PathNode<Place> | null = this.#root;
    // The path begins with a slash, so the first segment begins at 1.
    for (let from = 1; from <= path.length && node !== null; ) {
      let end = path.indexOf('/', from);
      if (end === -1) end = path.length;
      node = this.#child(node, path.slice(from, end));
      // A trailing slash leaves an empty segment behind it, which is a segment of its own.
      from = end + 1;
    }
    if (node === null) return null;
    node.place ??= this.#options.newPlace(node);
    return node.place;
  }

  /** Everything that hangs in the tree. */
  places(): Place[] {
    const places: Place[] = [];
    this.#walk(this.#root, (node) => {
      if (node.place !== null) places.push(node.place);
    });
    return places;
  }

  #child(node: PathNode<Place>, segment: string): PathNode<Place> | null {
    const known = node.literals.get(segment);
    if (known !== undefined) {
      known.visits += 1;
      node.literalVisits += 1;
      return known;
    }
    if (node.isGeneralised || isIdLike(segment)) return this.#paramOf(node);
    if (this.#nodes >= this.#options.nodesMax || node.depth >= DEPTH_MAX) return node.param;
    const literal = this.#literalOf(node, segment);
    if (!this.#hasTooMany(node)) return literal;
    this.#generalise(node);
    return this.#paramOf(node);
  }

  #literalOf(parent: PathNode<Place>, segment: string): PathNode<Place> {
    const provenBy = isSuspicious(parent) ? PROVEN_BY_SUSPICIOUS : parent.provenBy;
    const template = `${parent.template}/${segment}`;
    const node = new PathNode<Place>(template, { parent }, provenBy);
    node.visits = 1;
    parent.literalVisits += 1;
    parent.literals.set(segment, node);
    this.#nodes += 1;
    return node;
  }

  #paramOf(parent: PathNode<Place>): PathNode<Place> | null {
    if (parent.param !== null) return parent.param;
    if (this.#nodes >= this.#options.nodesMax || parent.depth >= DEPTH_MAX) return null;
    const before = parent.template.split('/{id').length;
    const template = `${parent.template}/{id${before === 1 ? '' : before}}`;
    const over = { parent, isParam: true };
    parent.param = new PathNode<Place>(template, over, parent.provenBy);
    this.#nodes += 1;
    return parent.param;
  }

  #hasTooMany(node: PathNode<Place>): boolean {
    const { size } = node.literals;
    if (size > LITERALS_MAX) return true;
    if (!isSuspicious(node) || size < SUSPICIOUS_MAX) return false;
    let rare = 0;
    for (const literal of node.literals.values()) {
      if (literal.visits <= RARE_VISITS_MAX) rare += 1;
    }
    return rare > size / 2;
  }

  /**
   * From now on new segments here are ids, and the names that were never proven have been ids all
   * along.
   */
  #generalise(node: PathNode<Place>): void {
    node.isGeneralised = true;
    for (const [segment, literal] of node.literals) {
      if (this.#hasProven(literal)) continue;
      node.literals.delete(segment);
      this.#walk(literal, ({ place }) => {
        this.#nodes -= 1;
        if (place !== null) this.#options.dropped(place);
      });
    }
  }

  #hasProven(node: PathNode<Place>): boolean {
    let found = false;
    this.#walk(node, ({ place }) => {
      found ||= place !== null && this.#options.isProven(place);
    });
    return found;
  }

  #walk(node: PathNode<Place>, visit: (node: PathNode<Place>) => void): void {
    visit(node);
    for (const literal of node.literals.values()) this.#walk(literal, visit);
    if (node.param !== null) this.#walk(node.param, visit);
  }
}

/** True where a new word may well be a value: after a name, and not at the root or after an id. */
function isSuspicious(parent: { readonly depth: number; readonly isParam: boolean }): boolean {
  return parent.depth > 0 && !parent.isParam;
}

/**
 * True when every word on the way here can be told from a value: its neighbours are few for how
 * often they come. Without this the favourite product of a shop, met three times before sixteen
 * others were met at all, would be a route of its own for ever, and each cause be told twice.
 */
export function isSettled(node: PathNode<unknown>): boolean {
  const { parent } = node;
  if (parent === null) return true;
  const isWord = !node.isParam && isSuspicious(parent);
  const isFew = parent.literalVisits >= VISITS_PER_LITERAL * parent.literals.size;
  return (!isWord || isFew) && isSettled(parent);
}
