/**
 * Plays Home Assistant by `esphome-client`: each line on standard input is a call, `{id, method, args}`; each line on standard output its result, or an event. Written
 * without Earshot's code. Arguments and results that are bytes are base64.
 */
import { createInterface } from 'node:readline';
import { openEspHomeClient } from 'esphome-client';

const write = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
let client;

async function forward(name, items, map = (item) => item) {
  for await (const item of items) write({ event: name, ...map(item) });
}

const methods = {
  async connect({ host, port, psk }) {
    client = await openEspHomeClient({
      ...{ host, port, psk, logger: silent, reconnect: false, maxConstructionRetries: 0 },
      keepAlive: { intervalMs: 20_000, stallTimeoutMs: 60_000 },
    });
    const voice = client.voiceAssistant;
    void forward('request', voice.requests());
    void forward('audio', voice.audio(), ({ data, end }) => ({ data: data.toString('base64'), end }));
    void forward('state', client.telemetry(), (event) => ({ entity: event }));
    client.on('disconnect', (reason) => write({ event: 'disconnect', reason: String(reason ?? '') }));
    return { info: client.deviceInfo(), entities: client.getEntitiesWithIds(), capabilities: client.capabilities() };
  },
  subscribe: () => client.voiceAssistant.subscribe(1),
  respond: ({ error }) => client.voiceAssistant.respondToRequest({ error }),
  event: ({ type, data }) =>
    client.voiceAssistant.sendEvent(
      type,
      Object.entries(data).map(([name, value]) => ({ name, value })),
    ),
  audio: ({ data, end }) => client.voiceAssistant.sendAudio(Buffer.from(data, 'base64'), end),
  timer: (timer) => client.voiceAssistant.sendTimerEvent(timer),
  announce: ({ timeoutMs, ...options }) => client.voiceAssistant.announce(options, { timeoutMs }),
  configuration: () => client.voiceAssistant.configuration({ refresh: true }),
  command: ({ id, command }) => client.command(id, command),
  async disconnect() {
    await client?.disconnectAsync();
    client = undefined;
  },
  /** Without a word. */
  vanish: () => process.exit(0),
};

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, method, args } = JSON.parse(line);
    try {
      write({ id, result: (await methods[method](args ?? {})) ?? null });
    } catch (error) {
      write({ id, error: { name: error.name, message: error.message, code: error.code ?? null } });
    }
  })
  .on('close', () => process.exit(0));
