/**
 * Who may use the console: links for one sign-in, and sessions, each a private file in the gateway's state folder. `earshot console` makes
 * links there, the gateway turns a link into a session. Only the hash of a secret is stored. The disk is used in the thread pool: the gateway
 * goes on with its audio meanwhile.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { systemCode } from '../../core/errors.ts';
import { replaceFile } from '../../core/files/atomic-write.ts';
import { diskError } from '../../core/files/disk-errors.ts';
import { consoleFolder } from '../../core/files/paths.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';

/** Long enough to carry it to a phone. */
export const LINK_LIFETIME_MS = 10 * 60_000;
/** A day's work. */
export const SESSION_LIFETIME_MS = 12 * 60 * 60_000;
/** So long a link that was used or is too old is told from one that never was. */
const REMEMBERED_MS = 24 * 60 * 60_000;
const SECRET_BYTES = 32;
/** What is sent for a secret may be anything. */
const SECRET = /^[\w-]{43}$/;
/** Hexadecimal digits. */
const ID_LENGTH = 16;

/** An operator changes things, a viewer only looks (docs/identity.md). */
export const CONSOLE_ROLES = ['operator', 'viewer'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

const role = v.picklist(CONSOLE_ROLES);
const storedLink = v.object({ hash: v.string(), role, expiresAt: v.number() });
const storedSession = v.object({
  ...{ hash: v.string(), role, createdAt: v.number(), expiresAt: v.number() },
  address: v.string(),
});

/** Times in ms since 1970. */
export interface StoredSession {
  /** Not secret: for lists and logs. */
  id: string;
  role: ConsoleRole;
  createdAt: number;
  /** When its page was last given a token. */
  usedAt: number;
  expiresAt: number;
  /** Of the browser that signed in. */
  address: string;
}

export type LinkRefusal = 'link_used' | 'link_expired' | 'link_unknown';

/** All reject with an EarshotError, `store_failed` or `store_full`, when the disk fails. */
export interface SignInStore {
  /** @returns the secret of a new link */
  createLink(role: ConsoleRole): Promise<string>;
  /** A new session and its secret, or why not. Of several attempts with one link at most one succeeds. */
  redeem(secret: string, address: string): Promise<{ secret: string; session: StoredSession } | LinkRefusal>;
  /** The session of this secret, unless it has ended. */
  sessionOf(secret: string): Promise<StoredSession | undefined>;
  /** Unless it has ended. */
  session(id: string): Promise<StoredSession | undefined>;
  /** All that have not ended, the newest first. */
  sessions(): Promise<StoredSession[]>;
  /** It was used just now. */
  touch(id: string): Promise<void>;
  end(id: string): Promise<void>;
}

/** Creates nothing before there is something to store. @param now ms since 1970 */
export function openSignInStore(state: string, now: () => number): SignInStore {
  const folder = consoleFolder(state);
  const [links, sessions] = [join(folder, 'links'), join(folder, 'sessions')];
  const fileOf = (id: string) => join(sessions, `${id}.json`);

  async function write(path: string, content: object): Promise<void> {
    for (const each of [folder, links, sessions]) openPrivateFolder(each);
    await onDisk(path, replaceFile(path, Buffer.from(JSON.stringify(content)), { durable: 'all' }));
    await Promise.all([forget(links, REMEMBERED_MS), forget(sessions, 0)]);
  }

  /** Deletes what expired so long ago. */
  async function forget(from: string, rememberedMs: number): Promise<void> {
    for (const name of await namesIn(from)) {
      const path = join(from, name);
      const found = await read(path, v.object({ expiresAt: v.number() }));
      if (!found || found.expiresAt + rememberedMs < now()) await onDisk(path, rm(path, { force: true }));
    }
  }

  async function findSession(id: string) {
    const found = ID.test(id) ? await read(fileOf(id), storedSession) : undefined;
    if (!found || found.expiresAt <= now()) return undefined;
    const { hash, ...rest } = found;
    const { mtimeMs: usedAt } = await stat(fileOf(id)).catch(() => ({ mtimeMs: found.createdAt }));
    return {
      hash,
      session: { id, usedAt: Math.max(found.createdAt, Math.round(usedAt)), ...rest } satisfies StoredSession,
    };
  }

  return {
    async createLink(chosen) {
      const { secret, hash, id } = newSecret();
      await write(join(links, `${id}.json`), { hash, role: chosen, expiresAt: now() + LINK_LIFETIME_MS });
      return secret;
    },
    async redeem(secret, address) {
      if (!SECRET.test(secret)) return 'link_unknown';
      const { hash, id } = hashed(secret);
      const used = join(links, `${id}.used`);
      // Only one of several attempts can rename it, also after a restart.
      const isOurs = await renamed(join(links, `${id}.json`), used);
      const link = await read(used, storedLink);
      if (link?.hash !== hash) return 'link_unknown';
      if (link.expiresAt <= now()) return 'link_expired';
      if (!isOurs) return 'link_used';
      const made = newSecret();
      const times = { createdAt: now(), expiresAt: now() + SESSION_LIFETIME_MS };
      await write(fileOf(made.id), { hash: made.hash, role: link.role, ...times, address });
      const session = { id: made.id, role: link.role, usedAt: times.createdAt, ...times, address };
      return { secret: made.secret, session };
    },
    async sessionOf(secret) {
      if (!SECRET.test(secret)) return undefined;
      const { hash, id } = hashed(secret);
      const found = await findSession(id);
      return found && isSame(found.hash, hash) ? found.session : undefined;
    },
    session: async (id) => (await findSession(id))?.session,
    async sessions() {
      const ids = (await namesIn(sessions)).map((name) => name.replace(/\.json$/, ''));
      const found = await Promise.all(ids.map(findSession));
      return found.flatMap((each) => each?.session ?? []).sort((a, b) => b.createdAt - a.createdAt);
    },
    async touch(id) {
      const seconds = now() / 1_000;
      // One that has ended meanwhile needs no date.
      await utimes(fileOf(id), seconds, seconds).catch(() => undefined);
    },
    end: (id) => onDisk(fileOf(id), rm(fileOf(id), { force: true })),
  };
}

const ID = new RegExp(`^[0-9a-f]{${ID_LENGTH}}$`);

function newSecret() {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, ...hashed(secret) };
}

/** `id`: the name of its file. */
function hashed(secret: string): { hash: string; id: string } {
  const hash = createHash('sha256').update(secret).digest('hex');
  return { hash, id: hash.slice(0, ID_LENGTH) };
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** False: there is no such file. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw diskError(from, cause);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.(json|used)$/.test(name));
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return [];
    throw diskError(folder, cause);
  }
}

/** Undefined: there is no such file, or it is damaged. */
async function read<S extends v.GenericSchema>(path: string, schema: S): Promise<v.InferOutput<S> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(path, cause);
  }
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw diskError(path, cause);
  }
}
