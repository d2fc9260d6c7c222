#!/usr/bin/env node
// Stands in for the program convex-local-backend, which cannot be had on a closed network: the same command line, its health check, and
// as much of its API as the official CLI needs to set variables and to deploy. It runs no functions. What it was asked is in asked.jsonl
// of its working folder, one JSON object a line. A file `hang` there makes it silent, a file `die` ends it at its next start.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';

const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const adminKey = `${option('--instance-name')}|${createHash('sha256').update(option('--instance-secret')).digest('hex')}`;

if (args[0] === 'keygen') {
  process.stdout.write(`${adminKey}\n`);
} else {
  const tell = (what) => appendFileSync('asked.jsonl', `${JSON.stringify(what)}\n`);
  tell({ started: args });
  if (existsSync('die')) {
    process.stderr.write('ERROR it dies at its start\n');
    process.exit(1);
  }
  // It keeps its variables, as a database does.
  const variables = existsSync('variables.json') ? JSON.parse(readFileSync('variables.json', 'utf8')) : {};
  const definition = {
    ...{ definitionPath: '', componentPath: '', args: {}, childComponents: {}, exports: {} },
    httpRoutes: { httpModuleRoutes: null, mounts: [] },
  };
  const answers = {
    '/api/get_config_hashes': () => ({
      config: { functions: 'convex/', authInfo: [] },
      ...{ moduleHashes: [], nodeDependencies: [], udfServerVersion: null },
    }),
    '/api/update_environment_variables': ({ changes }) => {
      for (const { name, value } of changes) variables[name] = value;
      writeFileSync('variables.json', JSON.stringify(variables));
      return {};
    },
    '/api/deploy2/start_push': () => ({
      ...{ environmentVariables: variables, externalDepsId: null, componentDefinitionPackages: {} },
      ...{ appAuth: [], analysis: {}, app: definition, schemaChange: { allocatedComponentIds: {}, schemaIds: {} } },
    }),
    '/api/deploy2/evaluate_push': () => ({ schemaChange: { allocatedComponentIds: {}, schemaIds: {} } }),
    '/api/deploy2/evaluate_schema': () => ({ schemaChange: { allocatedComponentIds: {}, schemaIds: {} } }),
    '/api/deploy2/wait_for_schema': () => ({ type: 'complete' }),
    '/api/deploy2/finish_push': () => ({
      authDiff: { added: [], removed: [] },
      definitionDiffs: {},
      componentDiffs: {},
    }),
  };
  const server = createServer(async (request, response) => {
    if (existsSync('hang')) return;
    const { pathname } = new URL(request.url, 'http://backend');
    if (pathname === '/version') return response.end('stand-in');
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const text = String(request.headers['content-encoding'] === 'br' ? brotliDecompressSync(bytes) : bytes);
    const body = text === '' ? {} : JSON.parse(text);
    const isAdmin = request.headers.authorization === `Convex ${adminKey}` || body.adminKey === adminKey;
    const modules = (body.appDefinition?.changedModules ?? []).map(({ path }) => path);
    tell({ path: pathname, isAdmin, ...(modules.length > 0 ? { modules } : body.path && { function: body.path }) });
    const answer = answers[pathname];
    if (!isAdmin || !answer) response.statusCode = isAdmin ? 404 : 401;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isAdmin && answer ? answer(body) : { code: 'NotForYou', message: pathname }));
  });
  server.listen(Number(option('--port')), option('--interface'), () => process.stderr.write('INFO it listens\n'));
  process.on('SIGINT', () => {
    rmSync('hang', { force: true });
    tell({ ended: 'SIGINT' });
    process.exit(0);
  });
}
