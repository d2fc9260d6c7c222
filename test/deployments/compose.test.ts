/** No container engine runs here: this checks the schema of the file, and what its parts say of each other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { problemsOfCompose } from '../support/compose-schema.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const compose = parse(read('deploy/compose/compose.yml'), { merge: true });
const { haproxy, ...gateways } = compose.services;
const addressOf = (service: { networks: { gateways: { ipv4_address: string } } }) =>
  service.networks.gateways.ipv4_address;

test('it is a valid compose file', () => {
  assert.deepEqual(problemsOfCompose(compose), []);
  assert.notDeepEqual(problemsOfCompose({ ...compose, services: { haproxy: { ...haproxy, portz: [] } } }), []);
});

test('HAProxy knows the three gateways, and they trust it alone', () => {
  assert.deepEqual(Object.keys(gateways), ['gateway-1', 'gateway-2', 'gateway-3']);
  const services = Object.values<typeof haproxy>(gateways);
  for (const [i, gateway] of services.entries()) {
    assert.equal(haproxy.environment[`EARSHOT_GATEWAY_${i + 1}`], `${addressOf(gateway)}:4433`);
    assert.equal(gateway.environment.EARSHOT_TRUST_PROXY, addressOf(haproxy));
    assert.equal(gateway.environment.EARSHOT_PROXY_HEADER, 'proxy-protocol');
    assert.equal(gateway.environment.EARSHOT_CONFIRM, 'cloud');
    // Only HAProxy is reachable from outside, and that from this machine.
    assert.equal(gateway.ports, undefined);
  }
  for (const port of haproxy.ports) assert.match(port, /^127\.0\.0\.1:/);
  const variables = [...read('deploy/haproxy/haproxy.cfg').matchAll(/"\$\{(\w+)-/g)].map(([, name]) => name);
  for (const name of Object.keys(haproxy.environment)) assert.ok(variables.includes(name), name);
});
