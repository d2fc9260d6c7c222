/**
 * Tarballs as npm makes them, of given files.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Model } from '../../src/models/model.ts';

export interface TarEntry {
  path: string;
  content: Uint8Array;
  /** How a path goes that is too long for a header, and what is no file. */
  as?: 'ustar' | 'pax' | 'gnu' | 'link';
}

export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(1024)]);
}

export function tarballOf(files: Record<string, Uint8Array | string>): Buffer {
  return gzipSync(tarOf(Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content) }))));
}

/** A model of one package, and its tarball. */
export function modelOf(files: Record<string, string>, version = '1.0.0'): { model: Model; tarball: Buffer } {
  const tarball = tarballOf(Object.fromEntries(Object.entries(files).map(([name, text]) => [`package/${name}`, text])));
  const model: Model = {
    version,
    purpose: 'tests',
    licence: 'MIT',
    terms: '',
    packages: {
      main: {
        name: '@example/model',
        version,
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
        bytes: tarball.length,
      },
    },
    files: Object.fromEntries(
      Object.entries(files).map(([name, text]) => {
        const sha256 = createHash('sha256').update(text).digest('hex');
        return [name, { from: 'main', entry: `package/${name}`, name, bytes: Buffer.byteLength(text), sha256 }];
      }),
    ),
  };
  return { model, tarball };
}

function entryBlocks({ path, content, as = 'ustar' }: TarEntry): Buffer[] {
  if (as === 'link') return [header(path, 0, '2')];
  if (as === 'gnu')
    return [header('././@LongLink', pathBytes(path).length, 'L'), ...padded(pathBytes(path)), ...file('cut', content)];
  if (as === 'pax') {
    const record = paxRecord('path', path);
    return [header('PaxHeader', record.length, 'x'), ...padded(record), ...file('cut', content)];
  }
  const cut = Buffer.byteLength(path) > 100 ? path.lastIndexOf('/', 155) : -1;
  return cut < 0 ? file(path, content) : file(path.slice(cut + 1), content, path.slice(0, cut));
}

function file(name: string, content: Uint8Array, prefix = ''): Buffer[] {
  return [header(name, content.length, '0', prefix), ...padded(content)];
}

function padded(content: Uint8Array): Buffer[] {
  return [Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)];
}

function pathBytes(path: string): Buffer {
  return Buffer.from(`${path}\0`);
}

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
  return Buffer.from(`${length}${rest}`);
}

function header(name: string, size: number, type: string, prefix = ''): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
