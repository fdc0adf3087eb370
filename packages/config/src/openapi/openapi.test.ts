import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../load/parse-data.ts';
import { parseConfig } from '../parse-config.ts';
import { isRefusal, METHODS, parseRoutePattern } from '../routes/route-pattern.ts';
import { type ImportedRoutes, importRoutes } from './import-routes.ts';
import { parseOpenapi } from './read-openapi.ts';
import { routesYaml } from './routes-yaml.ts';

const SHOP = `
openapi: 3.1.0
info: { title: Shop, version: '1' }
servers: [{ url: 'https://{region}.shop.example/v2/', variables: { region: { default: eu } } }]
paths:
  /orders:
    parameters: [{ $ref: '#/components/parameters/Page' }]
    get:
      operationId: listOrders
      responses: { '200': { $ref: '#/components/responses/Orders' } }
    post:
      responses:
        '422': { description: wrong, content: { application/problem+json: {} } }
        '201': { description: made, content: { application/json: {} } }
  /customers/{customer-id}/orders/{order-id}:
    $ref: '#/components/pathItems/Order'
  /orders/{id}/events:
    get:
      responses: { '200': { description: all, content: { text/event-stream: {} } } }
components:
  parameters:
    Page: { $ref: '#/components/parameters/PageNumber' }
    PageNumber: { name: page, in: query, schema: { type: integer } }
  pathItems:
    Order:
      delete: { responses: { '204': { description: gone } } }
      head: { responses: { '200': { description: there } } }
  responses:
    Orders: { $ref: '#/components/responses/OrderList' }
    OrderList:
      description: some
      content: { application/json: { schema: { $ref: '#/components/schemas/Node' } }, text/csv: {} }
  schemas:
    Node: { type: object, properties: { children: { type: array, items: { $ref: '#/components/schemas/Node' } } } }
`;

const read = async (text: string, prefix?: string): Promise<ImportedRoutes> =>
  importRoutes(await parseOpenapi(text, 'shop.yaml'), prefix === undefined ? {} : { prefix });
const documentWith = (paths: object, over: object = {}): string =>
  JSON.stringify({ openapi: '3.0.3', info: { title: 't', version: '1' }, paths, ...over });
const answering = { responses: { 200: { description: 'ok' } } };

describe('the routes of a document', () => {
  it('are its operations under the path of its server, in its order', async () => {
    const { routes, skipped } = await read(SHOP);
    expect(routes.map(({ route, effects }) => `${route} ${effects}`)).toEqual([
      'GET /v2/orders none',
      'POST /v2/orders undeclared',
      'DELETE /v2/customers/{customer_id}/orders/{order_id} undeclared',
      'HEAD /v2/customers/{customer_id}/orders/{order_id} none',
      'GET /v2/orders/{id}/events none',
    ]);
    expect(skipped).toEqual([]);
  });

  it('name what is answered, success first, through references to references', async () => {
    const { routes } = await read(SHOP);
    expect(routes[0]).toMatchObject({
      answers: ['application/json', 'text/csv'],
      operation: 'listOrders',
    });
    expect(routes[1]?.answers).toEqual(['application/json', 'application/problem+json']);
  });

  it('suggest the parameters of their path as keys, the outermost first', async () => {
    const { routes } = await read(SHOP);
    expect(routes.map(({ keys }) => keys)).toEqual([
      [],
      [],
      ['customer_id', 'order_id'],
      ['customer_id', 'order_id'],
      ['id'],
    ]);
  });

  it.each([
    ['/v9', 'GET /v9/orders'],
    ['/v9/', 'GET /v9/orders'],
    ['', 'GET /orders'],
  ])('stand under the prefix %j when one is given', async (prefix, route) => {
    expect((await read(SHOP, prefix)).routes[0]?.route).toBe(route);
  });

  it.each([
    [[{ url: '/api' }], 'GET /api/a'],
    [[{ url: 'api/v1' }], 'GET /api/v1/a'],
    [[{ url: 'https://x.example' }, { url: 'https://y.example/no' }], 'GET /a'],
    [[{ url: '{scheme}://x.example/v1', variables: {} }], 'GET /v1/a'],
    [[], 'GET /a'],
  ])('of servers %j are %s', async (servers, route) => {
    const text = documentWith({ '/a': { get: answering } }, { servers });
    expect((await read(text)).routes[0]?.route).toBe(route);
  });

  it('leave out what the guard has no route for, and say why', async () => {
    const { routes, skipped } = await read(
      documentWith({
        '/files/{name}.{ext}': { get: answering },
        '/a/{x}': { get: answering },
        '/a/{y}': { get: answering },
        '/echo': { trace: answering },
      }),
    );
    expect(routes.map(({ route }) => route)).toEqual(['GET /a/{x}']);
    expect(skipped).toEqual([
      {
        route: 'GET /files/{name}.{ext}',
        because: 'the guard takes braces around a whole segment, as in /orders/{id}',
      },
      { route: 'GET /a/{y}', because: 'it takes the same requests as GET /a/{x}' },
      { route: 'TRACE /echo', because: 'it has no answer to compare' },
    ]);
  });
});

describe('a document', () => {
  it.each([
    ['swagger: "2.0"', 'swagger: "2.0"'],
    ['openapi: 3.2.0', 'openapi: "3.2.0"'],
    ['openapi: 3.1', 'openapi: 3.1'],
    ['name: orders', 'nothing of an openapi version'],
    ['[]', 'it is a list of 0'],
  ])('that begins with %j is not one', async (text, found) => {
    await expect(parseOpenapi(text, 'x.yaml')).rejects.toMatchObject({
      code: 'FW_OPENAPI_VERSION',
      facts: { file: 'x.yaml', found },
    });
  });

  it('that refers to others is refused, with every reference and no password', async () => {
    const text = documentWith({
      '/a': { get: { responses: { 200: { $ref: 'https://u:p@x.example/a.yaml' } } } },
      '/b': { $ref: './b.yaml#/get' },
    });
    await expect(parseOpenapi(text, 'x.json')).rejects.toMatchObject({
      code: 'FW_OPENAPI_REMOTE',
      facts: { references: ['"./b.yaml#/get"', '"https://(credentials)@x.example/a.yaml"'] },
    });
  });

  it('that is not valid is refused, with the places', async () => {
    const text = documentWith({ '/a': { get: {} } });
    await expect(parseOpenapi(text, 'x.json')).rejects.toMatchObject({
      code: 'FW_OPENAPI_INVALID',
      facts: { problems: [`paths["/a"].get must have required property 'responses'`] },
    });
  });

  it.each([
    ['nowhere', '#/components/responses/None'],
    ['into a prototype', '#/constructor/name'],
  ])('whose reference leads %s is refused', async (_where, $ref) => {
    const text = documentWith({ '/a': { get: { responses: { 200: { $ref } } } } });
    const refused = await parseOpenapi(text, 'x.json').then(importRoutes, (error) => error);
    // The library that checks references looks at inherited names too; what follows them does not.
    if ('routes' in refused) expect(refused.routes[0].answers).toEqual([]);
    else expect(refused).toMatchObject({ code: 'FW_OPENAPI_INVALID' });
  });

  it('whose references go round in a circle makes routes all the same', async () => {
    const responses = {
      A: { $ref: '#/components/responses/B' },
      B: { $ref: '#/components/responses/A' },
    };
    const paths = { '/a': { get: { responses: { 200: { $ref: '#/components/responses/A' } } } } };
    const { routes } = await read(documentWith(paths, { components: { responses } }));
    expect(routes).toMatchObject([{ route: 'GET /a', answers: [] }]);
  });

  it('that is nested without end, or multiplied by aliases, is refused and not walked', async () => {
    const deep = `openapi: 3.0.0\nx-deep: ${'{a: '.repeat(300)}1${'}'.repeat(300)}`;
    await expect(parseOpenapi(deep, 'x.yaml')).rejects.toMatchObject({ code: 'FW_OPENAPI_LIMIT' });
    const rows = Array.from({ length: 9 }, (_, i) => {
      const inner =
        i === 0
          ? '[1,1,1,1,1,1,1,1,1]'
          : `[${Array(9)
              .fill(`*a${i - 1}`)
              .join(',')}]`;
      return `x-${i}: &a${i} ${inner}`;
    });
    const bomb = `openapi: 3.0.0\n${rows.join('\n')}`;
    await expect(parseOpenapi(bomb, 'x.yaml')).rejects.toMatchObject({
      code: expect.stringMatching(/^FW_(OPENAPI_LIMIT|CONFIG_SYNTAX)$/),
    });
  });

  it('never makes a route that the configuration would refuse', async () => {
    const segment = fc.oneof(
      fc.constantFrom(
        'orders',
        '{id}',
        '{order-id}',
        '{1}',
        '{a}.{b}',
        '',
        '.',
        '..',
        'a b',
        '%zz',
        'ü',
      ),
      fc.string({ maxLength: 6 }).filter((text) => !text.includes('/')),
    );
    const path = fc.array(segment, { maxLength: 4 }).map((pieces) => `/${pieces.join('/')}`);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 6 }), async (paths) => {
        const methods = METHODS.map((method) => [method.toLowerCase(), answering]);
        const root = {
          paths: Object.fromEntries(paths.map((p) => [p, Object.fromEntries(methods)])),
        };
        const { routes } = importRoutes({ file: 'x', version: '3.0.0', root });
        for (const { route } of routes) expect(isRefusal(parseRoutePattern(route))).toBe(false);
        expect(() => configured({ routes })).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });
});

/** Pastes routes into a configuration and has it read. */
function configured(imported: Pick<ImportedRoutes, 'routes'>) {
  const { routes } = parseYaml(routesYaml(imported), 'routes.yaml') as { routes: object };
  const guard = { legacy: 'http://a', candidate: 'http://b', routes };
  const input = { name: 'shop', owner: 'web', deleteBy: '2027-03-31', guard };
  return parseConfig(input, { file: null, directory: '/', env: {} }).migrations[0]?.guard?.routes;
}

describe('routes as YAML', () => {
  it('can be pasted into a configuration, and mean there what they say', async () => {
    const imported = await read(SHOP);
    expect(configured(imported)?.map(({ seam, effects }) => [seam, effects])).toEqual(
      imported.routes.map(({ route, effects }) => [route, effects]),
    );
  });

  it('say in comments what only a person can decide', async () => {
    const text = routesYaml(await read(SHOP));
    expect(text).toBe(`routes:
  # listOrders: answers application/json, text/csv
  GET /v2/orders:
    effects: none
  # answers application/json, application/problem+json
  # not shadowed until its effects are declared: none, dry-run or follow
  POST /v2/orders: {}
  # not shadowed until its effects are declared: none, dry-run or follow
  # key: { from: path, name: customer_id } if that names whose request it is, or order_id
  DELETE /v2/customers/{customer_id}/orders/{order_id}: {}
  # key: { from: path, name: customer_id } if that names whose request it is, or order_id
  HEAD /v2/customers/{customer_id}/orders/{order_id}:
    effects: none
  # answers text/event-stream
  # a stream is passed on and not compared
  # key: { from: path, name: id } if that names whose request it is
  GET /v2/orders/{id}/events:
    effects: none
`);
  });

  it('keep what a document says inside their comments', () => {
    const route = { route: 'GET /a', effects: 'none', keys: [], answers: [] } as const;
    const operation = 'x\nevil: true\u2028more: true\r\n# y';
    const imported = { routes: [{ ...route, operation }] };
    expect(parseYaml(routesYaml(imported), 'x.yaml')).toEqual({
      routes: { 'GET /a': { effects: 'none' } },
    });
  });
});
