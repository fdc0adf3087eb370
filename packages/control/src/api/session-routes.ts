import { ROUTES } from '@falsework/client/contract';
import type { FastifyInstance } from 'fastify';
import { checkPart } from './check.ts';
import type { Gatekeeper } from './gatekeeper.ts';

/** Signing in to the console and out of it: the routes that set and take a cookie. */
export function addSessionRoutes(app: FastifyInstance, gatekeeper: Gatekeeper): void {
  app.get(ROUTES.session.path, (request) => ({ session: gatekeeper.session(request) }));
  app.post(ROUTES.signIn.path, (request, reply) => {
    const body = checkPart('body', ROUTES.signIn.body, request.body);
    const { session, cookie } = gatekeeper.signIn(request, body);
    void reply.header('set-cookie', cookie);
    return reply.send(session);
  });
  app.post(ROUTES.signOut.path, (request, reply) => {
    void reply.header('set-cookie', gatekeeper.signOut(request));
    return reply.send({});
  });
}
