/**
 * The embedded cloud: database, function runtime and the server before them, put together. It serves the functions of convex/ to the official
 * clients on a loopback address. It takes this process's globals for itself, as Convex's library needs it, so it has a process of its own.
 */
import { join } from 'node:path';
import { defineSchema } from 'convex/server';
import { errorFields } from '../../core/errors.ts';
import { limitsFrom } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { createUnprovenBytes } from '../../server/unproven-bytes.ts';
import { FILES_FOLDER, openDatabase } from '../database/open-database.ts';
import { createReadIndex } from '../database/read-index.ts';
import { loadModules } from '../runtime/modules.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { RUNTIME_TABLES } from '../runtime/system-tables.ts';
import { providersOf } from './auth-config.ts';
import { createAuthenticator } from './authenticate.ts';
import { openDiskFiles } from './disk-files.ts';
import { openDoor } from './door.ts';
import type { FunctionVariables } from './environment.ts';
import { createFileNames } from './file-names.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createHttp, SITE_PATH } from './http.ts';
import { createOneByOne } from './one-by-one.ts';
import { createServedFiles } from './served-files.ts';
import { createSubscriptions, type QueryEntry } from './subscriptions.ts';
import { createUploads } from './uploads.ts';
import { createTokenVerifier } from './verify-token.ts';

/** How long a write may take that runs when the cloud is closed. */
const CLOSE_PATIENCE_MS = 2_000;

export interface CloudSettings {
  /** 0: any free port; a restarted process gets the port that it had. */
  port: number;
  /** Of its data. Exists, and is private. */
  folder: string;
  /** Settings of src/core/limits/limits.ts; without them the defaults are its limits. */
  limits?: string[];
  /** Of web pages that may call it: `https://pages.example`. Default: none. */
  origins?: string[];
}

export interface EmbeddedServer {
  url: string;
  port: number;
  /** Accepts nothing any more, finishes the write in progress, closes the database. */
  close(): Promise<void>;
}

/** Of this cloud alone. */
export interface Own {
  /** The files' addresses are made from it: as long as it stays, they do. */
  gatewayKey: string;
  /** Empty: there is none. */
  adminKey: string;
  /** All that functions find in `process.env`, beside the addresses of this cloud. */
  variables: FunctionVariables;
}

/** @param source folder of the functions. @throws EarshotError */
export async function serveEmbeddedCloud(
  { port, folder, limits: settings = [], origins = [] }: CloudSettings,
  source: URL,
  { gatewayKey, adminKey, variables }: Own,
  log: Log,
): Promise<EmbeddedServer> {
  process.env = { ...variables };
  const limits = limitsFrom(settings);
  const clock = systemClock;
  const modules = await loadModules(source);
  const verify = createTokenVerifier(providersOf(modules.authConfig), clock.wallNow);
  const authenticator = createAuthenticator({ verify, adminKey, now: clock.wallNow });

  let origin = '';
  const names = createFileNames(gatewayKey);
  const uploads = createUploads(clock.wallNow);
  const database = await openDatabase({
    folder,
    schema: modules.schema ?? defineSchema({}),
    systemTables: RUNTIME_TABLES,
    clock,
    log,
  });
  const disk = openDiskFiles({
    folder: join(folder, FILES_FOLDER),
    database,
    log,
    urlOf: (id) => `${origin}/api/storage/${encodeURIComponent(names.nameOf(id))}`,
    uploadUrl: () => `${origin}/api/storage/upload?token=${uploads.announce()}`,
  });
  const runtime = openRuntime({ database, files: disk, modules, clock, log });
  const fail = (error: unknown) => log.error('a call of the embedded cloud failed', errorFields(error));
  const subscriptions = createSubscriptions({
    runtime,
    readIndex: createReadIndex<QueryEntry>(),
    clock,
    maxSubscriptions: limits.cloudSubscriptions,
    onError: fail,
  });
  let lastCommit = database.timestamp();
  database.onCommit((commit) => {
    lastCommit = commit.timestamp;
    subscriptions.commit(commit);
  });

  const unproven = createUnprovenBytes(limits.cloudUnprovenBytes);
  const unprovenCalls = createOneByOne();
  const shared = { runtime, authenticator, timestamp: database.timestamp, onError: fail };
  const files = createServedFiles({ disk, database, runtime, names, limits, onError: fail });
  const door = openDoor({
    limits,
    log,
    origins,
    unproven,
    serveHttp: createHttp({
      ...shared,
      ...{ files, uploads, unproven, unprovenCalls },
      maxCallBytes: limits.cloudCallBytes,
      lastCommit: () => lastCommit,
      stats: () => ({ clients: door.clients(), ...subscriptions.stats, functions: runtime.usage() }),
    }),
    sync: { ...shared, subscriptions, heartbeat: createHeartbeat(clock), clock, unproven: unprovenCalls },
  });
  const bound = await door.listen(port);
  origin = `http://${bound.host}:${bound.port}`;
  process.env.CONVEX_CLOUD_URL = origin;
  process.env.CONVEX_SITE_URL = `${origin}${SITE_PATH}`;
  runtime.start();

  return {
    url: origin,
    port: bound.port,
    async close() {
      door.close();
      runtime.close();
      const written = database.write(async () => undefined);
      await Promise.race([written, new Promise((resolve) => setTimeout(resolve, CLOSE_PATIENCE_MS).unref())]);
      database.close();
    },
  };
}
