/**
 * The official command line against the embedded cloud: each command works, or says plainly that it does not, and what does it instead.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConvexHttpClient } from 'convex/browser';
import { runProgram } from '../support/run-program.ts';
import { startEmbeddedCloudOfSuite } from './backends/embedded-server.ts';
import { api } from './convex/_generated/api.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'node_modules/convex/bin/main.js');

let server: Awaited<ReturnType<typeof startEmbeddedCloudOfSuite>>;
/** The folder of a project whose functions the cloud has. */
let project: string;
before(async () => {
  server = await startEmbeddedCloudOfSuite();
  project = mkdtempSync(join(tmpdir(), 'earshot-test-cli-'));
  cpSync(fileURLToPath(new URL('convex', import.meta.url)), join(project, 'convex'), { recursive: true });
  writeFileSync(join(project, 'convex/tsconfig.json'), '{}');
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ dependencies: { convex: '*' }, type: 'module' }));
});
after(async () => {
  await server.close();
  rmSync(project, { recursive: true, force: true });
});

async function convex(...args: string[]) {
  const key = { CONVEX_SELF_HOSTED_URL: server.url, CONVEX_SELF_HOSTED_ADMIN_KEY: server.adminKey };
  const env = { ...process.env, ...key, CI: '1', NO_COLOR: '1' };
  const { code, stdout, stderr } = await runProgram(process.execPath, [CLI, ...args], { cwd: project, env });
  return { code, stdout: String(stdout), stderr };
}

async function works(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await convex(...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refused(sentence: RegExp, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await convex(...args);
  assert.notEqual(code, 0, stdout);
  assert.match(stderr, sentence);
}

test('convex run calls public and internal functions, as the identity that it is given', async () => {
  assert.equal((await works('run', 'write:increment', '{"name":"x"}')).trim(), '1');
  assert.equal((await works('run', 'typed:hidden')).trim(), '"internal"');
  const identity = ['--identity', '{"subject":"me","issuer":"https://issuer.example"}'];
  assert.match(await works('run', 'identity:inQuery', ...identity), /"me"/);
});

test('convex run names the functions that there are for one that is not', async () => {
  await refused(/Could not find function for 'write:nothing'[\s\S]*write:increment/, 'run', 'write:nothing');
});

test('convex run tells what a function throws', async () => {
  await refused(/it went wrong/, 'run', 'failures:throwQuery', '{"message":"it went wrong"}');
});

test('convex data prints the tables, and the rows of one', async () => {
  assert.deepEqual((await works('data')).trim().split('\n'), [
    ...['counters', 'items', 'marks', 'rows', 'texts', 'typed', 'values'],
  ]);
  const client = new ConvexHttpClient(server.url, { logger: false });
  for (const name of ['first', 'second']) await client.mutation(api.write.increment, { name });
  const rows = await works('data', 'counters', '--limit', '2', '--format', 'jsonLines');
  const names = rows
    .trim()
    .split('\n')
    .map((line) => /"name": "(\w+)"/.exec(line)?.[1]);
  assert.deepEqual(names, ['second', 'first']);
  assert.match(await works('data', 'counters'), /_id .*\| _creationTime/);
});

test('convex function-spec prints functions with their validators, and routes', async () => {
  const { url, functions } = JSON.parse(await works('function-spec'));
  assert.equal(url, server.url);
  const named = (identifier: string) =>
    functions.find((each: { identifier?: string }) => each.identifier === identifier);
  const { functionType, visibility, args } = named('write.js:increment');
  assert.deepEqual([functionType, visibility], ['Mutation', { kind: 'public' }]);
  assert.deepEqual(args.value.name, { fieldType: { type: 'string' }, optional: false });
  assert.deepEqual(named('jobs.js:mark').visibility, { kind: 'internal' });
  assert.ok(
    functions.some(({ path, method }: { path?: string; method?: string }) => path === '/answer' && method === 'POST'),
  );
});

test('convex env says where its variables are set', async () => {
  const sentence = /does not support convex env: set EARSHOT_TOKEN_DAYS in the gateway's environment/;
  for (const args of [['list'], ['get', 'X'], ['set', 'X', '1']]) await refused(sentence, 'env', ...args);
});

test('convex export and import say which commands of earshot do it, and leave no file', async () => {
  const out = join(project, 'out.zip');
  await refused(/does not support convex export: use earshot cloud export/, 'export', '--path', out);
  assert.equal(existsSync(out), false);
  const rows = join(project, 'rows.jsonl');
  writeFileSync(rows, '{"position":1,"label":"a"}\n');
  for (const mode of [[], ['--append']]) {
    const sentence = /does not support convex import: use earshot cloud import/;
    await refused(sentence, 'import', '--table', 'items', rows, '--yes', ...mode);
  }
});

test('convex deploy and convex dev say that the functions are part of Earshot', async () => {
  const sentence = /does not support convex dev and convex deploy: its functions are part of Earshot/;
  await refused(sentence, 'deploy', '--yes', '--typecheck', 'disable', '--codegen', 'disable');
  await refused(/The embedded cloud does not support/, 'dev', '--once', '--typecheck', 'disable');
});

test('convex logs says where the logs are, and ends', async () => {
  await refused(/does not support convex logs: the gateway logs what fails/, 'logs');
});

test('with a wrong admin key every command is refused', async () => {
  const { adminKey } = server;
  server = { ...server, url: server.url, adminKey: 'earshot|0000' };
  try {
    await refused(/.+/, 'run', 'typed:hidden');
    await refused(/.+/, 'data');
  } finally {
    server = { ...server, url: server.url, adminKey };
  }
});
