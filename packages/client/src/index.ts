export { AdminClient, type AdminClientOptions } from './admin-client.ts';
export { type ControlLinkOptions, connectToControl } from './link/control-link.ts';
export { RemoteProblem } from './remote-problem.ts';
