/** No cluster runs here: the objects are checked against the published schemas, and what they say together. Where kubectl is, it renders them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { inTemporaryFolder } from '../support/cli.ts';
import { hasProgram } from '../support/has-program.ts';
import { problemsOfObject } from '../support/kubernetes-schema.ts';

const folder = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const kustomization = parse(read('kustomization.yaml'));
const objects = Object.fromEntries(
  kustomization.resources.map((name: string) => {
    const object = parse(read(name));
    return [object.kind, object];
  }),
);
const { Deployment, Service, Ingress, PodDisruptionBudget, HorizontalPodAutoscaler, NetworkPolicy } = objects;
const [gateway] = Deployment.spec.template.spec.containers;

test('each object is valid, and an error in one is found', () => {
  assert.equal(Object.keys(objects).length, 6);
  for (const object of Object.values(objects)) assert.deepEqual(problemsOfObject(object), []);
  const changed = (change: (copy: typeof Deployment) => void, of = Deployment) => {
    const copy = structuredClone(of);
    change(copy);
    return problemsOfObject(copy);
  };
  assert.deepEqual(
    changed(({ spec }) => {
      spec.template.spec.containers[0].imagePulPolicy = 'Always';
    }),
    ['Deployment.spec.template.spec.containers.0.imagePulPolicy is unknown'],
  );
  const withoutSelector = changed(({ spec }) => delete spec.selector);
  assert.match(String(withoutSelector), /selector/);
  const asText = changed(({ spec }) => {
    spec.minReplicas = 'three';
  }, HorizontalPodAutoscaler);
  assert.match(String(asText), /minReplicas/);
});

test('the objects belong together', () => {
  const { labels } = Deployment.spec.template.metadata;
  assert.deepEqual(Deployment.spec.selector.matchLabels, labels);
  assert.deepEqual(Service.spec.selector, labels);
  assert.deepEqual(PodDisruptionBudget.spec.selector.matchLabels, labels);
  assert.deepEqual(NetworkPolicy.spec.podSelector.matchLabels, labels);
  assert.deepEqual(HorizontalPodAutoscaler.spec.scaleTargetRef.name, Deployment.metadata.name);
  const [port] = gateway.ports;
  assert.equal(Service.spec.ports[0].targetPort, port.name);
  assert.equal(NetworkPolicy.spec.ingress[0].ports[0].port, port.name);
  for (const { paths } of Ingress.spec.rules.map(({ http }: { http: { paths: unknown[] } }) => http)) {
    for (const { backend } of paths) assert.equal(backend.service.name, Service.metadata.name);
  }
});

test('a gateway that ends has the time to drain, and one at a time ends', () => {
  const { terminationGracePeriodSeconds } = Deployment.spec.template.spec;
  const settings = Object.fromEntries(gateway.env.map(({ name, value }: Record<string, string>) => [name, value]));
  const waitSeconds = Number(gateway.lifecycle.preStop.exec.command[1]);
  assert.ok(terminationGracePeriodSeconds > waitSeconds + Number(settings.EARSHOT_DRAIN_TIMEOUT) + 5);
  assert.equal(settings.EARSHOT_CONFIRM, 'cloud');
  assert.equal(PodDisruptionBudget.spec.maxUnavailable, 1);
  assert.equal(Deployment.spec.strategy.rollingUpdate.maxUnavailable, 0);
  assert.deepEqual(
    HorizontalPodAutoscaler.spec.metrics.map(({ pods }: { pods: { metric: { name: string } } }) => pods.metric.name),
    ['earshot_gateway_streams', 'earshot_gateway_devices'],
  );
});

test('what a gateway tells of itself is not reachable from outside, and no secret is in a file', () => {
  const paths = Ingress.spec.rules[0].http.paths.map(({ path }: { path: string }) => path);
  assert.deepEqual(paths, ['/v1/stream', '/talk', '/console', '/api', '/client.js', '/health', '/']);
  assert.equal(Ingress.spec.rules[0].http.paths.at(-1).pathType, 'Exact');
  assert.match(read('secrets.env.example'), /^EARSHOT_GATEWAY_KEY=$/m);
  assert.match(readFileSync(join(folder, '../../.gitignore'), 'utf8'), /^deploy\/kubernetes\/\*\.env$/m);
});

const kubectl = hasProgram('kubectl', 'version', '--client') ? {} : { skip: 'kubectl is not installed' };

test('kubectl renders them, with the names of settings and secrets that they have', kubectl, () =>
  inTemporaryFolder(async (copy) => {
    cpSync(folder, copy, { recursive: true });
    for (const name of ['config.env', 'secrets.env']) renameSync(join(copy, `${name}.example`), join(copy, name));
    const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', copy], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const rendered = parseAllDocuments(stdout).map((document) => document.toJS());
    for (const object of rendered) assert.deepEqual(problemsOfObject(object), []);
    const named = (kind: string) => rendered.find((object) => object.kind === kind);
    const [container] = named('Deployment').spec.template.spec.containers;
    const [settings, secrets] = container.envFrom;
    assert.equal(settings.configMapRef.name, named('ConfigMap').metadata.name);
    assert.equal(secrets.secretRef.name, named('Secret').metadata.name);
    assert.equal(container.image, 'registry.example/earshot-gateway:0.1.0');
  }),
);
