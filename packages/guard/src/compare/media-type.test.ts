import { describe, expect, it } from 'vitest';
import { bodyKindOf, isSameMediaType } from './media-type.ts';

describe('how a body is compared', () => {
  it.each([
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/problem+json', 'json'],
    ['application/vnd.api+json;v=1', 'json'],
    ['text/plain', 'text'],
    ['text/html; charset=utf-8', 'text'],
    ['application/xml', 'text'],
    ['image/svg+xml', 'text'],
    ['application/x-ndjson', 'text'],
    ['application/octet-stream', 'bytes'],
    ['image/png', 'bytes'],
    ['jsonish', 'bytes'],
    [null, 'text'],
  ])('%s is compared as %s', (contentType, kind) => {
    expect(bodyKindOf(contentType)).toBe(kind);
  });
});

describe('two content types', () => {
  it.each([
    ['application/json', 'application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"', 'Application/Json'],
    ['text/html;charset=utf-8', 'text/html; charset=UTF-8'],
    ['text/plain; a=1; b=2', 'text/plain;b=2;a=1'],
    ['text/plain;', 'text/plain'],
  ])('%s and %s are the same', (a, b) => {
    expect(isSameMediaType(a, b)).toBe(true);
    expect(isSameMediaType(b, a)).toBe(true);
  });

  it.each([
    ['text/html', 'text/html; charset=utf-8'],
    ['application/json', 'text/json'],
    ['application/json; charset=latin1', 'application/json'],
    ['multipart/mixed; boundary=A', 'multipart/mixed; boundary=a'],
  ])('%s and %s are not', (a, b) => {
    expect(isSameMediaType(a, b)).toBe(false);
  });
});
