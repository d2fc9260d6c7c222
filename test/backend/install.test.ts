/**
 * `earshot cloud install`: a release is fetched in parts, checked, unpacked, and replaced only when it is complete.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type InstallOptions, installBackend } from '../../src/cloud/backend/install.ts';
import { backendLayout } from '../../src/cloud/backend/layout.ts';
import { BACKEND_VERSION, releaseFor } from '../../src/cloud/backend/release.ts';
import { installedVersion } from '../../src/cloud/backend/start-backend.ts';
import { download } from '../../src/core/files/download.ts';
import { createCertificate } from '../support/certificate.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { once } from '../support/in-time.ts';
import { zipOf } from '../support/zip-of.ts';

const PROGRAM = Buffer.from(`#!/bin/sh\n${'# padding\n'.repeat(20_000)}`);
const ARCHIVE = zipOf('convex-local-backend', PROGRAM);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const code = (expected: string) => (error: unknown) => (error as { code: string }).code === expected;

/** A server of one file that sends so many bytes the first time, and breaks off when `isThere`. */
async function withServer(
  { file = ARCHIVE, breaksAfter = Number.POSITIVE_INFINITY, isThere = () => true, hasRanges = true, status = 200 },
  work: (url: string, ranges: (string | undefined)[]) => Promise<void>,
): Promise<void> {
  const ranges: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const from = hasRanges && range !== undefined ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    if (from >= file.length) return void response.writeHead(416).end();
    const headers = {
      'content-length': file.length - from,
      'content-range': `bytes ${from}-${file.length - 1}/${file.length}`,
    };
    response.writeHead(status !== 200 ? status : from > 0 ? 206 : 200, headers);
    if (ranges.length > 1 || breaksAfter === Number.POSITIVE_INFINITY) return void response.end(file.subarray(from));
    response.write(file.subarray(from, breaksAfter));
    await eventually(isThere, 'the first part is on the disk');
    response.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/archive.zip`, ranges);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function inState(work: (state: string) => Promise<void>): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-install-'));
  try {
    await work(state);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

function install(state: string, options: Partial<InstallOptions>) {
  const release = releaseFor('linux', 'x64');
  return installBackend({ layout: backendLayout(state), release, trustFirstUse: false, onProgress() {}, ...options });
}

test('names and addresses are those from which the official CLI downloads, and the version is one that it names', () => {
  const source = (name: string) =>
    readFileSync(
      fileURLToPath(new URL(`../../node_modules/convex/src/cli/lib/localDeployment/${name}`, import.meta.url)),
      'utf8',
    );
  const cli = source('download.ts');
  for (const platform of ['linux', 'darwin']) {
    for (const arch of ['x64', 'arm64']) {
      const { archive, url, version } = releaseFor(platform, arch);
      assert.ok(cli.includes(`"${archive}"`), archive);
      assert.ok(cli.includes(url.replace(`${version}/${archive}`, '')), url);
    }
  }
  assert.ok(source('run.ts').includes(BACKEND_VERSION));
});

test('a machine without a release, and a version that is none, are refused', () => {
  assert.throws(() => releaseFor('linux', 'arm'), /no release of the Convex backend for linux on arm/);
  for (const version of ['latest', '../../evil', 'precompiled-2026-09-15-4e9b83a/..']) {
    assert.throws(() => releaseFor('linux', 'x64', version), /is no release/);
  }
});

test('a download that breaks off goes on where it stopped', () =>
  inState((state) => {
    const path = join(state, 'archive.zip');
    const isThere = () => statSync(`${path}.part`, { throwIfNoEntry: false })?.size === 100;
    return withServer({ breaksAfter: 100, isThere }, async (url, ranges) => {
      const told: number[] = [];
      const options = { url, path, onProgress: (bytes: number) => told.push(bytes) };
      await assert.rejects(download(options), code('download_failed'));
      assert.equal(existsSync(path), false);
      assert.equal(statSync(`${path}.part`).size, 100);
      await download(options);
      assert.deepEqual(ranges, [undefined, 'bytes=100-']);
      assert.deepEqual(readFileSync(path), ARCHIVE);
      assert.equal(told.at(-1), ARCHIVE.length);
      assert.equal(existsSync(`${path}.part`), false);
    });
  }));

test('a server that knows no ranges sends it all again; one that has nothing more has sent it all', () =>
  inState(async (state) => {
    const path = join(state, 'archive.zip');
    await withServer({ breaksAfter: 100, hasRanges: false }, async (url) => {
      await assert.rejects(download({ url, path, onProgress() {} }), code('download_failed'));
      await download({ url, path, onProgress() {} });
      assert.deepEqual(readFileSync(path), ARCHIVE);
    });
    rmSync(path);
    writeFileSync(`${path}.part`, ARCHIVE);
    await withServer({}, async (url) => {
      await download({ url, path, onProgress() {} });
      assert.deepEqual(readFileSync(path), ARCHIVE);
    });
  }));

test('a certificate that this machine does not know is told, with what to do', async (context) => {
  const certificate = await createCertificate();
  if (!certificate) return context.skip('needs openssl for a certificate');
  await inState(async (state) => {
    const server = createSecureServer(certificate, (_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    try {
      await assert.rejects(download({ url, path: join(state, 'archive.zip'), onProgress() {} }), {
        message: `${url} cannot be downloaded: its certificate is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)`,
        hint: /NODE_EXTRA_CA_CERTS/,
      });
    } finally {
      await once(server.close(), 'close');
    }
    await assert.rejects(download({ url, path: join(state, 'archive.zip'), onProgress() {} }), /nothing listens there/);
  });
});

test('what cannot be had is told with its reason, and leaves nothing', () =>
  inState(async (state) => {
    const path = join(state, 'archive.zip');
    await withServer({ status: 404 }, (url) =>
      assert.rejects(download({ url, path, onProgress() {} }), /cannot be downloaded: HTTP 404/),
    );
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await assert.rejects(download({ url: 'http://127.0.0.1:9/', path, onProgress() {} }), /cannot be downloaded: /);
    assert.equal(timers(), before, 'nothing keeps the process alive');
    assert.deepEqual(readdirSync(state), []);
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
    await assert.rejects(download({ url, path, onProgress() {}, silenceMs: 50 }), code('download_failed'));
    mute.closeAllConnections();
    mute.close();
  }));

test('it is checked before it is unpacked: without a SHA-256 nothing is installed, with one it is', () =>
  inState((state) =>
    withServer({}, async (url, ranges) => {
      const release = { ...releaseFor('linux', 'x64'), url };
      const layout = backendLayout(state);
      await assert.rejects(install(state, { release }), (error: Error & { hint: string }) => {
        assert.match(error.message, new RegExp(`is ${sha256(ARCHIVE)}, and Earshot has none to compare it with`));
        assert.match(error.hint, /--sha256 [0-9a-f]{64}\. Or accept it: --trust-first-use/);
        return true;
      });
      assert.equal(installedVersion(layout), undefined);
      assert.equal(existsSync(layout.program(release.version)), false);
      const installed = await install(state, { release, sha256: sha256(ARCHIVE) });
      assert.deepEqual(ranges, [undefined], 'it is not downloaded twice');
      assert.equal(installed.checked, 'given');
      assert.deepEqual(readFileSync(installed.program), PROGRAM);
      assert.equal(statSync(installed.program).mode & 0o777, 0o700);
      assert.equal(installedVersion(layout), BACKEND_VERSION);
      assert.deepEqual(readdirSync(layout.downloads), []);
    }),
  ));

test('an archive that is accepted once is known from then on, and another one is refused', () =>
  inState(async (state) => {
    const file = join(state, 'release.zip');
    writeFileSync(file, ARCHIVE);
    assert.equal((await install(state, { file, trustFirstUse: true })).checked, 'first use');
    assert.equal((await install(state, { file })).checked, 'recorded');
    const other = zipOf('convex-local-backend', Buffer.from('another program'));
    writeFileSync(file, other);
    await assert.rejects(install(state, { file, trustFirstUse: true }), code('archive_unverified'));
    assert.ok(existsSync(file), 'a file of the user stays');
    assert.deepEqual(readFileSync(backendLayout(state).program(BACKEND_VERSION)), PROGRAM);
    await withServer({ file: other }, async (url) => {
      const release = { ...releaseFor('linux', 'x64'), url };
      await assert.rejects(install(state, { release }), /It was deleted|is not what it should be/);
      assert.deepEqual(readdirSync(backendLayout(state).downloads), [], 'a wrong download is deleted');
    });
  }));

test('a SHA-256 in the code goes before all others', () =>
  inState(async (state) => {
    const file = join(state, 'release.zip');
    writeFileSync(file, ARCHIVE);
    const release = { ...releaseFor('linux', 'x64'), sha256: sha256(ARCHIVE) };
    await assert.rejects(install(state, { file, release, sha256: 'a'.repeat(64) }), code('archive_unverified'));
    assert.equal((await install(state, { file, release })).checked, 'known');
    const wrong = { ...release, sha256: 'b'.repeat(64) };
    await assert.rejects(install(state, { file, release: wrong, trustFirstUse: true }), code('archive_unverified'));
  }));

test('what is no archive of a release is refused, and what is installed stays', () =>
  inState(async (state) => {
    const file = join(state, 'release.zip');
    const layout = backendLayout(state);
    writeFileSync(file, zipOf('convex-local-backend', PROGRAM, { isStored: true }));
    await install(state, { file, trustFirstUse: true });
    const damaged = [
      Buffer.from('no archive'),
      Buffer.alloc(0),
      ARCHIVE.subarray(0, ARCHIVE.length - 30),
      zipOf('something else', PROGRAM),
      Buffer.concat([ARCHIVE.subarray(0, 60), Buffer.alloc(200, 0xff), ARCHIVE.subarray(260)]),
    ];
    for (const [i, bytes] of damaged.entries()) {
      writeFileSync(file, bytes);
      await assert.rejects(
        install(state, { file, sha256: sha256(bytes) }),
        (error: { code: string }) => ['archive_invalid', 'store_failed'].includes(error.code),
        `archive ${i}`,
      );
      assert.deepEqual(readFileSync(layout.program(BACKEND_VERSION)), PROGRAM);
    }
    const folder = join(layout.program(BACKEND_VERSION), '..');
    assert.deepEqual(readdirSync(folder), ['convex-local-backend']);
  }));

test('the command says what it did, as text and as JSON, and what is wrong in one line', () =>
  inTemporaryFolder(async (state) => {
    const file = join(state, 'release.zip');
    writeFileSync(file, ARCHIVE);
    const run = (...args: string[]) => earshot(['cloud', 'install', ...args, '--state', state]).ended;
    const refused = await run('--file', file);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^earshot: The SHA-256 of .* is [0-9a-f]{64}, and Earshot has none .*\n$/);
    const installed = await run('--file', file, '--sha256', sha256(ARCHIVE).toUpperCase());
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(installed.stdout, /^precompiled-\S+ is installed; SHA-256 [0-9a-f]{64} \(as given\)\nRun it with: /);
    const again = JSON.parse((await run('--file', file, '--json')).stdout);
    assert.deepEqual([again.checked, again.version], ['recorded', BACKEND_VERSION]);
    assert.match((await run('--file', join(state, 'nope.zip'))).stderr, /There is no file .*nope\.zip/);
    assert.equal((await run('--sha256', 'abc')).code, 2);
    assert.match((await run('--release', 'latest')).stderr, /latest is no release of the Convex backend/);
  }));
