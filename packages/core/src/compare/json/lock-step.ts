import { DEPTH_MAX } from '../limits.ts';
import type { WalkSettings } from '../walk/walker.ts';
import { Both, type JsonInput } from './both.ts';
import { MemberTable } from './member-table.ts';
import * as scan from './scan.ts';
import { Settler, WALK } from './settler.ts';

// What is imported is looked up at every use, what is constant here is compiled in: with imports in
// these loops, or with the buffer handed from function to function, the walk takes half as long
// again. So the walk has one buffer, one position and one settler for all comparisons, and runs
// once at a time.
const { blanksEnd, literalEnd, memberValueStart, numberEnd, scalarEnd } = scan;
const { stringEndBehindStop, STRING_STOPS } = scan;
const UNPROVEN = WALK.unproven;
const ABOVE = WALK.above;
const LEVELS_MAX = DEPTH_MAX;

const QUOTE = 0x22;
const COMMA = 0x2c;
const NINE = 0x39;
const COLON = 0x3a;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** No member of this name stands here on both sides. */
const UNLIKE = -3;

// In larger bags the full walker may fail to find the partners that a tolerance leaves to choose
// from, and then the lock-step walk must not know better.
const BAG_MAX = 32;

// Memory that is never touched is never taken. Pairs for which it is too small have more values
// than any limit of ours allows.
const bytes = new Uint8Array(8 << 20);

const both = new Both(bytes);
const { starts, shifts, steps, kinds, assumed } = both.trail;
const table = new MemberTable(bytes);
const settler = new Settler(both);
let depthMax = 0;
let isBusy = false;

export function areEqualInLockStep(
  legacy: JsonInput,
  candidate: JsonInput,
  settings: WalkSettings,
): boolean {
  // A custom rule may itself compare JSON while a walk waits for its verdict.
  if (isBusy) return false;
  isBusy = true;
  try {
    if (!both.load(legacy, candidate, settings.trie)) return false;
    settler.reset(settings);
    table.drop(0);
    depthMax = settings.limits.depthMax;
    // The same bytes are the same answer, even where they are no JSON.
    if (both.areIdentical) return true;
    const end = walkValue(both.start, 0);
    return end >= 0 && both.isAtEnd(end);
  } finally {
    isBusy = false;
  }
}

/** Walks a value that starts here on both sides; returns where it ends in legacy. */
function walkValue(at: number, depth: number): number {
  const first = bytes[at] as number;
  let end: number;
  if (first === QUOTE) end = stringEnd(at);
  else if (first <= NINE) end = numberEnd(bytes, at);
  else if (isOpening(at) && at < both.sameEnd) return walkContainer(at, depth);
  else end = literalEnd(bytes, at);
  // The byte behind is the same too, so a number ends there on both sides.
  return end >= 0 && end < both.sameEnd ? end : walkApart(at, end, depth);
}

/** The same as scan's, without a function to call. */
function stringEnd(at: number): number {
  let end = at + 1;
  while (STRING_STOPS[bytes[end] as number] === 0) end += 1;
  return bytes[end] === QUOTE ? end + 1 : stringEndBehindStop(bytes, end, both.origin);
}

function isOpening(at: number): boolean {
  // Setting this bit makes an opening bracket an opening brace.
  return ((bytes[at] as number) | 0x20) === OPEN_OBJECT;
}

/** A value before which, in which or behind which the two sides part. */
function walkApart(at: number, end: number, depth: number): number {
  if (at >= both.sameEnd) {
    // Perhaps it is only that the candidate has blanks here.
    both.next(at);
    return at < both.sameEnd ? walkValue(at, depth) : settler.differ(at, depth);
  }
  if (end < 0) return UNPROVEN;
  const from = at + both.shift;
  const length = scalarEnd(bytes, from, both.origin) - from;
  return end <= both.sameEnd && length === end - at ? end : settler.differ(at, depth);
}

function walkContainer(at: number, depth: number): number {
  if (depth >= depthMax) return UNPROVEN;
  const isObject = bytes[at] === OPEN_OBJECT;
  starts[depth] = at;
  shifts[depth] = both.shift;
  kinds[depth] = isObject ? 1 : 0;
  assumed[depth] = 0;
  const end = isObject ? walkMembers(at + 1, depth) : walkElements(at + 1, depth);
  return end === ABOVE && settler.level === depth ? settler.settleWhole(depth) : end;
}

/**
 * Walks members that are the same on both sides and have no blanks between them. Where anything is
 * otherwise {@link goOnWithMembers} takes over for the rest of the object: were this loop able to
 * do all that, it would be a third slower.
 */
function walkMembers(from: number, depth: number): number {
  let at = from;
  for (;;) {
    steps[depth] = at;
    const nameEnd = bytes[at] === QUOTE ? stringEnd(at) : UNPROVEN;
    if (bytes[nameEnd] !== COLON) return goOnWithMembers(at, depth, at === from);
    const start = nameEnd + 1;
    const first = bytes[start] as number;
    let end: number;
    if (first === QUOTE) end = stringEnd(start);
    else if (first <= NINE) end = numberEnd(bytes, start);
    else if (isOpening(start) && start < both.sameEnd) {
      end = walkContainer(start, depth + 1);
      if (end < 0) return end;
      if (end >= both.sameEnd) return goOnBehindMember(end, depth);
    } else end = literalEnd(bytes, start);
    if (end < 0 || end >= both.sameEnd) return goOnWithMembers(at, depth, at === from);
    const byte = bytes[end];
    if (byte !== COMMA) return byte === CLOSE_OBJECT ? end + 1 : goOnBehindMember(end, depth);
    at = end + 1;
  }
}

/** Walks the members from here on, whatever the blanks and whatever differs. */
function goOnWithMembers(from: number, depth: number, isFirst: boolean): number {
  let at = both.next(from);
  if (isFirst && bytes[at] === CLOSE_OBJECT && at < both.sameEnd) return at + 1;
  for (;;) {
    steps[depth] = at;
    const start = memberStart(at);
    if (start < 0) return start === UNLIKE ? walkReordered(at, depth) : UNPROVEN;
    const end = walkValue(start, depth + 1);
    if (end < 0) return end;
    at = both.next(end);
    if (at >= both.sameEnd) return settler.differAsWhole(depth);
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_OBJECT ? at + 1 : UNPROVEN;
    at = both.next(at + 1);
  }
}

function goOnBehindMember(from: number, depth: number): number {
  const at = both.next(from);
  if (at >= both.sameEnd) return settler.differAsWhole(depth);
  if (bytes[at] === COMMA) return goOnWithMembers(at + 1, depth, false);
  return bytes[at] === CLOSE_OBJECT ? at + 1 : UNPROVEN;
}

/** Where the member's value starts on both sides, if both have this name here. */
function memberStart(at: number): number {
  if (at >= both.sameEnd) return UNLIKE;
  const nameEnd = bytes[at] === QUOTE ? stringEnd(at) : UNPROVEN;
  if (nameEnd < 0) return UNPROVEN;
  if (nameEnd > both.sameEnd) return UNLIKE;
  const colon = both.next(nameEnd);
  return bytes[colon] === COLON && colon < both.sameEnd ? both.next(colon + 1) : UNPROVEN;
}

/**
 * The members from here on are not in the same order: each of legacy's is walked together with the
 * one of the same name. Those before are done with; whoever began anew would walk the innermost
 * object twice for each object around it, and twice again.
 */
function walkReordered(from: number, depth: number): number {
  const rows = table.read(from + both.shift, both.origin, LEVELS_MAX);
  if (rows < 0) return settler.differAsWhole(depth);
  const candidateEnd = table.end;
  let at = from;
  for (;;) {
    steps[depth] = at;
    const end = walkNamesake(rows, at, depth);
    if (end < 0) {
      table.drop(rows);
      return end === UNLIKE ? settler.differAsWhole(depth) : end;
    }
    at = blanksEnd(bytes, end);
    if (bytes[at] !== COMMA) break;
    at = blanksEnd(bytes, at + 1);
  }
  if (!table.drop(rows)) return settler.differAsWhole(depth);
  if (bytes[at] !== CLOSE_OBJECT) return UNPROVEN;
  both.align(at + 1, candidateEnd);
  return at + 1;
}

/** Walks the value of legacy's member together with that of the candidate's of the same name. */
function walkNamesake(rows: number, at: number, depth: number): number {
  const nameEnd = bytes[at] === QUOTE ? stringEnd(at) : UNPROVEN;
  const start = nameEnd < 0 ? UNPROVEN : memberValueStart(bytes, at, both.origin);
  const candidateStart = start < 0 ? UNPROVEN : table.take(rows, at, nameEnd);
  if (candidateStart < 0) return UNLIKE;
  both.align(start, candidateStart);
  return walkValue(start, depth + 1);
}

/** The same as {@link walkMembers} for the elements of an array. */
function walkElements(from: number, depth: number): number {
  let at = from;
  for (let index = 0; ; index += 1) {
    steps[depth] = index;
    const first = bytes[at] as number;
    let end: number;
    if (first === QUOTE) end = stringEnd(at);
    else if (first <= NINE) end = numberEnd(bytes, at);
    else if (isOpening(at) && at < both.sameEnd) {
      end = walkContainer(at, depth + 1);
      if (end < 0) return end;
      if (end >= both.sameEnd) return goOnBehindElement(end, depth, index);
    } else end = literalEnd(bytes, at);
    if (end < 0 || end >= both.sameEnd) return goOnWithElements(at, depth, index);
    if (bytes[end] !== COMMA) return goOnBehindElement(end, depth, index);
    at = end + 1;
  }
}

function goOnWithElements(from: number, depth: number, firstIndex: number): number {
  let at = both.next(from);
  const isEmpty = bytes[at] === CLOSE_ARRAY || bytes[at + both.shift] === CLOSE_ARRAY;
  if (firstIndex === 0 && isEmpty) {
    return at < both.sameEnd ? at + 1 : settler.differAsWhole(depth);
  }
  for (let index = firstIndex; ; index += 1) {
    steps[depth] = index;
    const end = walkValue(at, depth + 1);
    if (end < 0) return end;
    at = both.next(end);
    if (bytes[at] !== COMMA || at >= both.sameEnd) return goOnBehindElement(at, depth, index);
    at = both.next(at + 1);
  }
}

function goOnBehindElement(from: number, depth: number, index: number): number {
  const at = both.next(from);
  const isLargeBag = index >= BAG_MAX && assumed[depth] === 1;
  if (at >= both.sameEnd || isLargeBag) return settler.differAsWhole(depth);
  if (bytes[at] === COMMA) return goOnWithElements(at + 1, depth, index + 1);
  return bytes[at] === CLOSE_ARRAY ? at + 1 : UNPROVEN;
}
