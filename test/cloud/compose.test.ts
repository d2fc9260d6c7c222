/**
 * No container engine runs here: this checks the schema of docker-compose.yml, and that it has the settings that
 * Convex needs.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { problemsOfCompose } from '../support/compose-schema.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text);
const { backend, dashboard, postgres, gateway } = compose.services;
const tagOf = ({ image }: { image: string }) => image.slice(image.indexOf(':') + 1);

test('it is a valid compose file', () => {
  assert.deepEqual(problemsOfCompose(compose), []);
  const withUnknownField = {
    ...compose,
    services: { ...compose.services, gateway: { ...gateway, unknownField: true } },
  };
  assert.notDeepEqual(problemsOfCompose(withUnknownField), []);
});

test('Convex has the settings that it needs', () => {
  assert.match(backend.image, /^ghcr\.io\/get-convex\/convex-backend:/);
  assert.match(dashboard.image, /^ghcr\.io\/get-convex\/convex-dashboard:/);
  assert.equal(tagOf(backend), tagOf(dashboard));
  assert.match(tagOf(backend), /^\$\{CONVEX_TAG:-[0-9a-f]{40}\}$/);
  assert.equal(backend.stop_signal, 'SIGINT');
  assert.deepEqual(backend.volumes, ['convex:/convex/data']);
  assert.deepEqual(
    ['INSTANCE_NAME', 'INSTANCE_SECRET', 'CONVEX_CLOUD_ORIGIN', 'CONVEX_SITE_ORIGIN', 'DO_NOT_REQUIRE_SSL'].filter(
      (name) => !backend.environment[name],
    ),
    [],
  );
  // No database name in the address; Convex uses the instance's name.
  assert.match(backend.environment.POSTGRES_URL, /@postgres:5432$/);
  assert.equal(postgres.environment.POSTGRES_DB, backend.environment.INSTANCE_NAME);
  assert.match(backend.healthcheck.test.join(' '), /\/version/);
  const ports = [...backend.ports, ...dashboard.ports].map((port: string) => port.split(':').at(-1));
  assert.deepEqual(ports, ['3210', '3211', '6791']);
});

test('the gateway waits for Convex, has a volume for its state, and all ports are bound to the machine', () => {
  assert.equal(gateway.depends_on.backend.condition, 'service_healthy');
  assert.equal(gateway.environment.CONVEX_URL, 'http://backend:3210');
  assert.deepEqual(gateway.volumes, ['gateway:/state']);
  assert.match(read('deploy/Dockerfile'), /EARSHOT_STATE=\/state/);
  for (const { ports = [] } of Object.values<{ ports?: string[] }>(compose.services)) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  }
});

test('no secret has a default, and the example names them all', () => {
  const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
  assert.deepEqual([...required].sort(), ['EARSHOT_GATEWAY_KEY', 'INSTANCE_SECRET', 'POSTGRES_PASSWORD']);
  const example = read('.env.example');
  for (const name of required) assert.match(example, new RegExp(`^${name}=$`, 'm'));
  for (const [, name] of text.matchAll(/\$\{(\w+):-/g)) assert.match(example, new RegExp(`^#${name}=`, 'm'));
  assert.match(read('.gitignore'), /^\.env$/m);
});
