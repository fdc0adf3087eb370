import { readFileSync } from 'node:fs';
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type DescriptorSet, loadDescriptorSet } from '../src/grpc/index.ts';

/** Where the descriptor set of the tests lies: built from the .proto files beside it. */
export const LIBRARY_FILE = new URL('grpc/library.binpb', import.meta.url);

/** The descriptor set of the tests, as a user would load it. */
export function librarySet(): DescriptorSet {
  return loadDescriptorSet(readFileSync(LIBRARY_FILE), 'library.binpb');
}

/** A message of a type that is known only at run time. */
export function messageOf(desc: DescMessage, init: Record<string, unknown> = {}) {
  return create(desc, init as MessageInitShape<DescMessage>);
}
