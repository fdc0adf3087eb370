export {
  type ImportedRoute,
  type ImportedRoutes,
  type ImportOptions,
  importRoutes,
  type SkippedRoute,
} from './import-routes.ts';
export { type OpenapiDocument, parseOpenapi, readOpenapi } from './read-openapi.ts';
export { routesYaml } from './routes-yaml.ts';
