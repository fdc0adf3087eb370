export {
  type DescriptorSet,
  loadDescriptorSet,
  pathOfMethod,
} from './descriptors/load-descriptor-set.ts';
