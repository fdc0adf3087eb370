// The manifests of deploy/kubernetes against Kubernetes' own schemas, our configuration, the
// command line and the Containerfile. No cluster is asked: there is none here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@falsework/config';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { runIn } from '../test/fake-context.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy');
const containerfile = readFileSync(join(FOLDER, 'Containerfile'), 'utf8');

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext?: object;
  readonly readinessProbe?: object;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly configMap?: { name: string } }[];
}
interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: never;
}

const files = readdirSync(join(FOLDER, 'kubernetes'));
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, 'kubernetes', file), 'utf8')).map((document) => ({
    ...(document.toJS() as Manifest),
    file,
  })),
);
const find = <Found>(kind: string, name: string): Found => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`There is no ${kind} ${name}.`);
  return found as Found;
};
const workloads = manifests.flatMap(({ kind, metadata, spec }) => {
  const { template } = (spec ?? {}) as { template?: { metadata: object; spec: PodSpec } };
  return template ? [{ title: `${kind} ${metadata.name}`, spec, template }] : [];
});
const containers = workloads.flatMap(({ title, template }) =>
  template.spec.containers.map((container) => ({ title, container, pod: template.spec })),
);
const ours = containers.filter(({ container }) => container.image.startsWith('falsework:'));

const { data } = find<{ data: Record<string, string> }>('ConfigMap', 'falsework-config');
const [configName = ''] = Object.keys(data);
const config = parseConfig(parse(data[configName] ?? ''), {
  file: configName,
  directory: '/etc/falsework',
  env: { FALSEWORK_TOKEN: 'sixteen-or-more-characters' },
});
const { control } = config;
const guard = config.migrations[0]?.guard;
const portOf = (container: Container): number =>
  container.args?.[0] === 'up' ? control.port : (guard?.port ?? 0);

const ROOMS: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
};
type Model = new (value: object) => { validate(): void };

function schemaOf(apiVersion: string, kind: string): Model {
  return (ROOMS[apiVersion] as Record<string, Model>)[kind] as Model;
}

describe('every manifest', () => {
  it.each(manifests.map((one) => [`${one.file}: ${one.kind} ${one.metadata.name}`, one] as const))(
    '%s is what the schema of Kubernetes asks for',
    (_, { file: __, ...manifest }) => {
      const Model = schemaOf(manifest.apiVersion, manifest.kind);
      expect(() => new Model(manifest).validate()).not.toThrow();
    },
  );

  it('would not pass with a planted fault', () => {
    const { file: _, ...service } = find<Manifest>('Service', 'orders');
    const Model = schemaOf('v1', 'Service');
    const wrong = { ...service, spec: { ...(service.spec as object), ports: [{ port: 'http' }] } };
    expect(() => new Model(wrong).validate()).toThrow(/port/);
  });

  it('there are those of a whole installation', () => {
    const kinds = new Set(manifests.map(({ kind }) => kind));
    const wanted = ['ConfigMap', 'Secret', 'Service', 'StatefulSet', 'Deployment'];
    for (const kind of [
      ...wanted,
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
    ]) {
      expect(kinds).toContain(kind);
    }
  });
});

describe.each(ours)('the container $container.name of $title', ({ container, pod }) => {
  it('is called with a command and flags that there are', async () => {
    const { args = [] } = container;
    const { out } = await runIn({}, args[0] ?? '', '--help');
    const flags = args.filter((arg) => arg.startsWith('--'));
    expect(flags.length).toBeGreaterThan(0);
    for (const flag of flags) expect(out).toContain(`${flag}${flag === '--no-guard' ? '' : ' <'}`);
  });

  it('reads the configuration where it is mounted, and is of a migration that is in it', () => {
    const { args = [], volumeMounts = [] } = container;
    const volume = pod.volumes?.find(({ configMap }) => configMap?.name === 'falsework-config');
    const mount = volumeMounts.find(({ name }) => name === volume?.name);
    expect(args[args.indexOf('--config') + 1]).toBe(`${mount?.mountPath}/${configName}`);
    const named = args.includes('--migration') ? args[args.indexOf('--migration') + 1] : 'orders';
    expect(config.migrations.map(({ name }) => name)).toContain(named);
  });

  it('listens on the port that it says, and is probed where something answers', () => {
    const [port] = container.ports ?? [];
    expect(port?.containerPort).toBe(portOf(container));
    const isControl = container.args?.[0] === 'up';
    expect(container.readinessProbe).toEqual(
      isControl
        ? { httpGet: { path: '/healthz', port: port?.name } }
        : { tcpSocket: { port: port?.name } },
    );
    expect(containerfile).toMatch(new RegExp(`^EXPOSE .*\\b${port?.containerPort}\\b`, 'm'));
  });

  it('gets its secrets from a secret, by variables that mean something', () => {
    const { stringData } = find<{ stringData: object }>('Secret', 'falsework');
    for (const { name, value, valueFrom } of container.env ?? []) {
      expect(['FALSEWORK_TOKEN', 'FALSEWORK_LEGACY']).toContain(name);
      if (name === 'FALSEWORK_TOKEN') {
        expect(value).toBeUndefined();
        expect(stringData).toHaveProperty(valueFrom?.secretKeyRef.key ?? '');
      }
    }
    expect(container.env?.map(({ name }) => name)).toContain('FALSEWORK_TOKEN');
  });
});

describe.each(workloads)('$title', ({ template, spec }) => {
  it('runs as nobody in particular, on a file system that cannot be written', () => {
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      // A Service named falsework-control would set FALSEWORK_CONTROL_PORT to tcp://…
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of template.spec.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('finds its own pods', () => {
    const { selector } = spec as { selector: { matchLabels: object } };
    expect(template.metadata).toMatchObject({ labels: selector.matchLabels });
  });
});

describe('what belongs together', () => {
  it('planes reach control at its Service, and control keeps its state on its volume', () => {
    const url = new URL(control.url);
    const service = find<{ spec: { ports: { port: number }[] } }>('Service', url.hostname);
    expect(service.spec.ports[0]?.port).toBe(Number(url.port));
    expect([control.host, guard?.host]).toEqual(['0.0.0.0', '0.0.0.0']);
    const { store } = control;
    const { container } = ours.find((one) => one.container.args?.[0] === 'up') ?? {};
    const state = container?.volumeMounts?.find(({ name }) => name === 'state');
    expect(store.kind === 'sqlite' && store.file.startsWith(`${state?.mountPath}/`)).toBe(true);
    // SQLite is one file: a second control on another node would have another.
    expect(find<{ spec: object }>('StatefulSet', 'falsework-control').spec).toMatchObject({
      replicas: 1,
      volumeClaimTemplates: [{ metadata: { name: 'state' } }],
    });
  });

  it('policies let in what is listened on, and planes to control', () => {
    for (const [name, port] of [
      ['falsework-control', control.port],
      ['falsework-guard', guard?.port],
    ] as const) {
      const { spec } = find<{ spec: { ingress: { from?: object[]; ports: object[] }[] } }>(
        'NetworkPolicy',
        name,
      );
      expect(spec.ingress[0]?.ports).toEqual([{ protocol: 'TCP', port }]);
    }
    const planes = ours.filter(({ container }) => container.args?.[0] === 'guard');
    const labelled = workloads.filter(({ template }) =>
      JSON.stringify(template.metadata).includes('"falsework/plane":"true"'),
    );
    expect(labelled).toHaveLength(planes.length);
  });

  it('the guard is scaled and kept by its own name', () => {
    const { spec } = find<{ spec: { scaleTargetRef: object } }>(
      'HorizontalPodAutoscaler',
      'falsework-guard',
    );
    expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: 'falsework-guard' });
  });
});

describe('the Containerfile', () => {
  it('pins the Node of the tests, and runs as the user of the manifests', () => {
    const root = JSON.parse(readFileSync(join(FOLDER, '../package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    const bases = [...containerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const base = `docker.io/library/node:${root.devDependencies.node}-bookworm-slim`;
    expect(bases).toEqual([base, base]);
    expect(containerfile).toMatch(/^USER 1000:1000$/m);
  });

  it('starts the program that the package names, and asks for health where it is', () => {
    const { bin } = JSON.parse(
      readFileSync(join(FOLDER, '../packages/cli/package.json'), 'utf8'),
    ) as {
      bin: { falsework: string };
    };
    const entry = join('/app/packages/cli', bin.falsework);
    expect(containerfile).toContain(`ENTRYPOINT ["node", "${entry}"]`);
    expect(containerfile).toContain(`http://127.0.0.1:${control.port}/healthz`);
  });

  it('is built without what this machine happens to hold', () => {
    const ignored = readFileSync(join(FOLDER, 'Containerfile.dockerignore'), 'utf8').split('\n');
    for (const pattern of ['.git', '**/node_modules', '**/.falsework', '**/.env*']) {
      expect(ignored).toContain(pattern);
    }
  });
});
