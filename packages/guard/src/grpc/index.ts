export {
  type DescriptorSet,
  loadDescriptorSet,
  pathOfMethod,
} from './descriptors/load-descriptor-set.ts';
export { type CanonicalJson, canonicalJson, UNKNOWN_FIELDS } from './json/canonical-json.ts';
export { type HttpBinding, ruleWords } from './rest/http-rules.ts';
export { compileRestTable, type RestMatch, type RestTable } from './rest/rest-table.ts';
