// Asks a gateway with a recording, prints both sides' words, and saves the answer:
//     node script.mjs ws://127.0.0.1:4433 question.wav answer.wav
import { createNodeClient, fileToken, readWav, writeWav } from 'earshot/client/node';

const [, , url, question, answer] = process.argv;
const client = createNodeClient({ url, name: 'script', token: fileToken('token') });
client.on('pairing', ({ code }) => process.stderr.write(`Approve this script: earshot pair approve ${code}\n`));
client.connect();
try {
  const { transcript, reply, audio } = await client.ask(await readWav(question));
  process.stdout.write(`heard: ${transcript}\nsaid: ${reply}\n`);
  writeWav(answer, audio);
} catch ({ message, hint }) {
  process.stderr.write(`${message}. ${hint}\n`);
  process.exitCode = 1;
}
await client.close();
