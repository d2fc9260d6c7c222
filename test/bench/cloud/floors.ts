/**
 * What nothing can be faster than: an insert into SQLite that waits for the disk, a lookup by an index, and a message there and back.
 */

import { once } from 'node:events';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket, WebSocketServer } from 'ws';
import { type Times, timesOf } from './timing.ts';

export async function rawInserts(folder: string, count: number): Promise<Times> {
  const sql = openRaw(folder);
  const insert = sql.prepare('INSERT INTO turns(turn, json) VALUES(?, ?)');
  const json = JSON.stringify({ transcript: 'x'.repeat(300) });
  const times = await timesOf(count, () => insert.run(uuidv7(), json));
  sql.close();
  return times;
}

export async function rawLookups(folder: string, rows: number, count: number): Promise<Times> {
  const sql = openRaw(folder);
  const turns = Array.from({ length: rows }, () => uuidv7());
  const insert = sql.prepare('INSERT INTO turns(turn, json) VALUES(?, ?)');
  sql.transaction(() => {
    for (const turn of turns) insert.run(turn, '{"transcript":"x"}');
  })();
  const find = sql.prepare('SELECT json FROM turns WHERE turn = ?').pluck();
  const times = await timesOf(count, () => JSON.parse(find.get(randomOf(turns)) as string));
  sql.close();
  return times;
}

export function randomOf<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T;
}

function openRaw(folder: string): Sqlite.Database {
  const sql = new Sqlite(join(folder, `raw-${uuidv7()}.db`));
  sql.pragma('journal_mode = WAL');
  sql.pragma('synchronous = FULL');
  sql.exec('CREATE TABLE turns(n INTEGER PRIMARY KEY, turn TEXT NOT NULL UNIQUE, json TEXT NOT NULL)');
  return sql;
}

export async function rawEcho(count: number): Promise<Times> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  await once(socket, 'open');
  const text = 'x'.repeat(400);
  const times = await timesOf(count, async () => {
    const answered = once(socket, 'message');
    socket.send(text);
    await answered;
  });
  socket.terminate();
  server.close();
  return times;
}
