import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { LIBRARY_FILE, librarySet } from '../../../test/grpc-fixtures.ts';
import { loadDescriptorSet, pathOfMethod } from './load-descriptor-set.ts';

const bytes = readFileSync(LIBRARY_FILE);

/** The set of the tests, changed before it is written. */
function changed(change: (set: FileDescriptorSet) => FileDescriptorSet['file']): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, bytes);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: change(set) }));
}

function refusal(act: () => unknown): { code: string; message: string; exitCode: number } {
  try {
    act();
  } catch (error) {
    return error as never;
  }
  throw new Error('It was taken.');
}

describe('a descriptor set', () => {
  const set = librarySet();

  it('finds services, methods and messages by their names', () => {
    expect(set.services.map(({ typeName }) => typeName)).toEqual(['falsework.test.Library']);
    expect(set.service('falsework.test.Library').methods).toHaveLength(12);
    expect(set.method('falsework.test.Library/GetBook').output.typeName).toBe(
      'falsework.test.Book',
    );
    expect(set.message('falsework.test.Book').fields.length).toBeGreaterThan(10);
  });

  it('takes a method with a dot as with a slash', () => {
    expect(set.method('falsework.test.Library.GetBook')).toBe(
      set.method('falsework.test.Library/GetBook'),
    );
  });

  it('finds the method of a request path, and nothing for any other', () => {
    const method = set.methodOfPath('/falsework.test.Library/StreamBooks');
    expect(method?.methodKind).toBe('server_streaming');
    expect(method && pathOfMethod(method)).toBe('/falsework.test.Library/StreamBooks');
    for (const path of ['', '/', '/falsework.test.Library/', 'falsework.test.Library/GetBook']) {
      expect(set.methodOfPath(path)).toBeUndefined();
    }
  });

  it.each([
    ['service', () => set.service('falsework.test.Librery'), 'falsework.test.Library'],
    ['method', () => set.method('falsework.test.Library/GetBok'), 'falsework.test.Library/GetBook'],
    ['message', () => set.message('falsework.test.Bok'), 'falsework.test.Book'],
  ])('says which %s was probably meant', (kind, ask, nearest) => {
    const { code, message } = refusal(ask);
    expect(code).toBe('FW_GRPC_NAME_UNKNOWN');
    expect(message).toContain(`holds no ${kind}`);
    expect(message).toContain(`Did you mean ${nearest}?`);
  });
});

describe('a file that is no usable descriptor set', () => {
  it.each([
    ['text', Buffer.from('syntax = "proto3";')],
    ['nothing', Buffer.alloc(0)],
    ['a single file instead of a set', Buffer.from([0x0a, 3, 0x61, 0x62, 0x63])],
    ['half a set', bytes.subarray(0, bytes.length - 7)],
  ])('is refused when it is %s', (_what, broken) => {
    expect(refusal(() => loadDescriptorSet(broken, 'x.binpb'))).toMatchObject({
      code: 'FW_GRPC_DESCRIPTORS',
      exitCode: 2,
      message: expect.stringContaining('x.binpb'),
    });
  });

  it('is refused when it was written without its imports, and both files are named', () => {
    const broken = changed(({ file }) => file.filter(({ name }) => !name.endsWith('http.proto')));
    const { code, message } = refusal(() => loadDescriptorSet(broken, 'x.binpb'));
    expect(code).toBe('FW_GRPC_IMPORT_MISSING');
    expect(message).toContain('google/api/annotations.proto imports google/api/http.proto');
  });

  it('is refused when its files contradict each other', () => {
    const broken = changed(({ file }) => {
      const library = file.find(({ name }) => name.endsWith('library.proto'));
      const method = library?.service[0]?.method[0];
      if (method) method.inputType = '.falsework.test.Nowhere';
      return file;
    });
    expect(refusal(() => loadDescriptorSet(broken, 'x.binpb')).code).toBe('FW_GRPC_DESCRIPTORS');
  });

  it('needs not hold the well-known types', () => {
    const lean = changed(({ file }) =>
      file.filter(({ name }) => !name.startsWith('google/protobuf/')),
    );
    const set = loadDescriptorSet(lean, 'x.binpb');
    expect(set.message('falsework.test.Everything').field['at']?.message?.typeName).toBe(
      file_google_protobuf_timestamp.messages[0]?.typeName,
    );
  });
});
