/** No schema of fly.toml is published at npm or Debian: this checks that it is TOML, and the settings that streams need. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const text = readFileSync(new URL('../../deploy/fly/fly.toml', import.meta.url), 'utf8');
const READ = 'import json, sys, tomllib; print(json.dumps(tomllib.loads(sys.stdin.read())))';
const python = spawnSync('python3', ['-c', 'import tomllib']).status === 0 ? {} : { skip: 'python3 has no tomllib' };

test('a machine drains, its disk does not matter, and streams are not ended by a stopped machine', python, () => {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', READ], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { kill_signal, kill_timeout, env, http_service, metrics } = JSON.parse(stdout);
  assert.deepEqual([kill_signal, kill_timeout], ['SIGTERM', '45s']);
  assert.equal(env.EARSHOT_CONFIRM, 'cloud');
  assert.equal(http_service.auto_stop_machines, 'off');
  assert.ok(http_service.min_machines_running >= 3);
  assert.equal(http_service.checks[0].path, '/readyz');
  assert.deepEqual([http_service.internal_port, metrics.port], [4433, 4433]);
  // Secrets are set by `fly secrets`.
  assert.doesNotMatch(text, /^\s*(EARSHOT_GATEWAY_KEY|CONVEX_URL)\s*=/m);
});
