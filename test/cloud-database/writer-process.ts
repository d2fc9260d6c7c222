/** Writes pairs of documents without end, and reports each that was acknowledged: killed by kill.test.ts. */
import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { anySchema } from './open.ts';

const WRITERS = 20;

export type WriterMessage = { written: [row: string, person: string] } | { removing: string } | { removed: string };
const report = (message: WriterMessage) => process.send?.(message);

const database = await openDatabase({ folder: process.argv[2] ?? '', schema: anySchema });

async function writeForever(): Promise<never> {
  const own: string[] = [];
  for (let n = 0; ; n++) {
    const name = randomUUID();
    const pair = await database.write(async (writer): Promise<[string, string]> => {
      const person = writer.insert('people', { name });
      await Promise.resolve();
      const row = writer.insert('rows', { a: person, n });
      await writer.nested(async (inner) => inner.patch(row, { b: name }));
      return [row, person];
    });
    report({ written: pair });
    own.push(pair[0]);
    await database
      .write(async () => {
        throw new Error('undone');
      })
      .catch(() => {});
    const old = n % 3 === 0 ? own.shift() : undefined;
    if (old === undefined) continue;
    report({ removing: old });
    await database.write(async (writer) => {
      writer.remove(String((JSON.parse(writer.get(old) ?? '{}') as { a: string }).a));
      writer.remove(old);
    });
    report({ removed: old });
  }
}

for (let i = 0; i < WRITERS; i++) void writeForever();
