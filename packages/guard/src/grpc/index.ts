export {
  type DescriptorSet,
  loadDescriptorSet,
  pathOfMethod,
} from './descriptors/load-descriptor-set.ts';
export { type CanonicalJson, canonicalJson, UNKNOWN_FIELDS } from './json/canonical-json.ts';
