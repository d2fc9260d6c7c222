// Asks a gateway what a recording (WAV, 16 kHz, mono, 16 bit) says, prints both sides' words, and saves the answer as samples of that kind.
//     node script.mjs ws://127.0.0.1:4433 question.wav answer.pcm
import { readFileSync, writeFileSync } from 'node:fs';
import { Decoder, Encoder } from '@evan/opus';
import { createClient } from 'earshot/client';
import { WebSocket } from 'ws';

const [, , url, question, answer] = process.argv;
const format = { channels: 1, sample_rate: 16_000 };
const [encoder, decoder] = [new Encoder({ ...format, application: 'voip' }), new Decoder(format)];
const client = createClient({ url, name: 'script', token: process.env.EARSHOT_TOKEN, WebSocket });
client.on('pairing', ({ code }) => process.stderr.write(`Approve this script: earshot pair ${code}\n`));
client.on('paired', ({ token }) => writeFileSync('token', token, { mode: 0o600 }));
client.connect();
await new Promise((resolve) => client.on('state', ({ state }) => state === 'connected' && resolve()));

const turn = client.talk('file');
const played = [];
turn.on('transcript', ({ text, isFinal }) => isFinal && process.stdout.write(`heard: ${text}\n`));
turn.on('frame', ({ frame }) => played.push(Buffer.from(decoder.decode(frame))));
turn.on('error', ({ message }) => process.stderr.write(`${message}\n`));
const done = new Promise((resolve) => turn.on('done', resolve));
let said = '';
turn.on('reply', ({ text }) => (said = text));
const samples = readFileSync(question).subarray(44);
for (let at = 0; at + 640 <= samples.length; at += 640) turn.send(encoder.encode(samples.subarray(at, at + 640)));
turn.end();
await done;
process.stdout.write(`said: ${said}\n`);
writeFileSync(answer, Buffer.concat(played));
await client.close();
