/**
 * A certificate and its key, from files that somebody else renews. A new one is taken while the server runs; one that cannot be used is
 * refused, and the old one stays.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { EarshotError, errorFields, messageOf } from '../core/errors.ts';
import { describeDiskError } from '../core/files/disk-errors.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import { isoTime } from '../core/time/iso-time.ts';

/** How soon a renewed certificate is noticed. The files are asked, not watched: tools replace them, and the folders that they are in. */
const CHECK_MS = 5_000;

export interface CertificateFiles {
  /** PEM: the certificate, and those that lead from it to the root. */
  cert: string;
  /** PEM, without a passphrase. */
  key: string;
}

export interface KeyPair {
  cert: Buffer;
  key: Buffer;
}

export interface Certificate {
  current(): KeyPair;
  /** The names that it is for, in lower case. */
  names(): readonly string[];
  onRenewed(listener: (pair: KeyPair) => void): void;
  close(): void;
}

interface Loaded extends KeyPair {
  names: string[];
  validTo: number;
}

/** @throws EarshotError `certificate_invalid`, by rejection */
export async function openCertificate(files: CertificateFiles, clock: Clock, log: Log): Promise<Certificate> {
  let state = await stateOf(files);
  let loaded = await load(files);
  if (loaded.validTo <= clock.wallNow()) warnExpired(loaded);
  /** What could not be used at the last check: the two files may be replaced one after the other. */
  let failed: string | undefined;
  let isOver = false;
  const listeners: ((pair: KeyPair) => void)[] = [];

  async function check(): Promise<void> {
    const found = await stateOf(files);
    if (found !== state) await renew(found);
    if (!isOver) timer = clock.setTimeout(check, CHECK_MS);
  }

  async function renew(found: string): Promise<void> {
    try {
      const renewed = await load(files);
      if (renewed.validTo <= clock.wallNow()) throw invalid(`it expired at ${isoTime(renewed.validTo)}`);
      loaded = renewed;
      state = found;
      failed = undefined;
      for (const listener of listeners) listener(loaded);
      log.info('the certificate was renewed', { names: loaded.names.join(' '), validTo: isoTime(loaded.validTo) });
    } catch (error) {
      if (failed === found) {
        log.error('the new certificate is refused; the old one stays', {
          ...errorFields(error),
          validTo: isoTime(loaded.validTo),
        });
        state = found;
      }
      failed = found;
    }
  }

  function warnExpired({ validTo }: Loaded): void {
    log.error('the certificate has expired: browsers refuse it', { validTo: isoTime(validTo) });
  }

  let timer = clock.setTimeout(check, CHECK_MS);
  return {
    current: () => loaded,
    names: () => loaded.names,
    onRenewed: (listener) => void listeners.push(listener),
    close() {
      isOver = true;
      clock.clearTimeout(timer);
    },
  };
}

/** @throws EarshotError `certificate_invalid` */
async function load(files: CertificateFiles): Promise<Loaded> {
  const [cert, key] = await Promise.all([read(files.cert), read(files.key)]);
  const certificate = parsed(files.cert, 'a certificate', () => new X509Certificate(cert));
  const privateKey = parsed(files.key, 'a key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(`${files.key} is not the key of ${files.cert}`);
  }
  parsed(files.cert, 'a certificate that can be used', () => createSecureContext({ cert, key }));
  const validTo = Date.parse(certificate.validTo);
  return { cert, key, names: namesOf(certificate), validTo };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw invalid(`${path} cannot be read: ${describeDiskError(cause)}`, cause);
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw invalid(`${path} is not ${what} (${messageOf(cause)})`, cause);
  }
}

function invalid(message: string, cause?: unknown): EarshotError {
  const hint = 'Check --tls-cert and --tls-key: PEM files of one certificate.';
  return new EarshotError('certificate_invalid', `The certificate cannot be used: ${message}`, hint, { cause });
}

function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"\s]+)/g)].map(([, name = '']) => name.toLowerCase());
}

/** Changes when a file is replaced, or written. */
async function stateOf({ cert, key }: CertificateFiles): Promise<string> {
  const of = async (path: string) => {
    const { ino, size, mtimeMs } = await stat(path).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }));
    return `${ino} ${size} ${mtimeMs}`;
  };
  return `${await of(cert)}, ${await of(key)}`;
}
