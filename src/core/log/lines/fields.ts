/**
 * The fields of log lines. A name means the same on each line, and has one type; {@link LOG_FIELDS} becomes docs/logs.md. There is no field
 * for what a person said or heard, and none for a key or a token.
 */

interface Types {
  text: string;
  number: number;
  boolean: boolean;
  /** Plain data. */
  object: object;
}

const field =
  <Type extends keyof Types>(type: Type) =>
  (meaning: string) =>
    ({ type, meaning }) as { readonly type: Type; readonly meaning: string };
const text = field('text');
const number = field('number');
const boolean = field('boolean');
const object = field('object');

export const LOG_FIELDS = {
  // what went wrong
  code: text('of an error, from `src/core/errors.ts`, of the protocol, or of a provider'),
  error: text('what happened, in words'),
  hint: text('what to do'),
  reason: text('why'),
  stack: text('where in the code (level debug only)'),
  count: number('how many; on a line that is written once a minute: how many since the last one'),
  faults: number('faults so far'),
  failures: number('failures in a row'),
  crashes: number('crashes so far'),
  delayMs: number('when it is tried again'),
  retryMs: number('when it is tried again'),
  pauseMs: number('when it is tried again'),
  lines: number('lines that were left out'),
  action: text('of a control: `press`, `release`, `cancel`, `mute` or `unmute`'),
  // who
  part: text('the actor, thread, page or task'),
  device: text('the name of a device'),
  session: text('the id of a session, of a device or at the console'),
  gateway: text('the id of a gateway, or its address'),
  tenant: text('whose devices'),
  role: text('`operator` or `viewer`'),
  worker: number('the number of a process of the gateway'),
  process: number('an id of the operating system'),
  provider: text('whom a part of the assistant asks'),
  application: text('another program on the device'),
  // a turn
  turn: text('the id of a turn'),
  turnNumber: number('the number of a turn since the device started'),
  outcome: text('how a turn ended'),
  announcement: text('the id of an announcement'),
  reminder: text('the id of a reminder'),
  kind: text('of a reminder: `timer`, `reminder` or `alarm`'),
  lateMs: number('how much later than it should'),
  startedAt: text('when it began (ISO 8601)'),
  stamped: text('when it began, by the clock of that time (ISO 8601)'),
  uplinkNext: number('the first frame that the gateway does not have'),
  frames: number('frames of 20 ms'),
  deliveredFrames: number('frames that were sent before'),
  droppedFrames: number('frames that were dropped'),
  damagedBytes: number('bytes that cannot be read'),
  deliverable: boolean('whether the rest can be delivered'),
  seconds: number('of audio'),
  bytes: number('of audio'),
  tool: text('the name of a tool'),
  characters: number('of text'),
  // sound and listening
  audioDevice: text('a sound card'),
  overflows: number('times that samples were lost'),
  missedMs: number('sound that was not listened to'),
  canceller: text('an echo canceller'),
  server: text('the address of a server of wake words'),
  levelDb: number('of a wake word, of full scale'),
  answers: text('the device that answers'),
  answersDb: number('the level at the device that answers'),
  bitrate: number('bit/s'),
  fec: boolean('forward error correction'),
  packetLossPercent: number('of packets'),
  // settings
  volumePercent: number('the volume'),
  bufferMs: number('the playback buffer'),
  cachedReplies: object('keys of cached replies'),
  quietHours: object('from and to, local time'),
  listening: object('mode, follow-up, patience, interruption'),
  // network
  address: text('an IP address, or an address with its port'),
  host: text('an address on which this machine listens'),
  port: number('a TCP port'),
  url: text('an address'),
  broker: text('the address of an MQTT broker'),
  topic: text('of MQTT'),
  client: text('the address of a client'),
  closeCode: number('of a WebSocket that was closed'),
  quality: text('of the link: `good` or `poor`'),
  roundTripMs: number('from ping to pong'),
  backlogMs: number('speech that waits to be sent'),
  linkDownMs: number('how long there was no connection'),
  afterMs: number('how long it took'),
  silentMs: number('since something was received'),
  spreadMs: number('over which devices leave a gateway'),
  timeoutMs: number('how long it may take'),
  devices: number('connected devices'),
  turns: number('turns under way'),
  name: text('in the network'),
  taken: text('a name in the network that another has'),
  names: text('of a certificate'),
  validTo: text('until when a certificate is valid (ISO 8601)'),
  messageType: text('of a message of the protocol'),
  service: text('what a client wanted'),
  // files and disk
  file: text('a path'),
  folder: text('a path'),
  state: text('the state folder'),
  files: number('how many'),
  setAside: number('how many were set aside'),
  removed: number('how many were removed'),
  dropped: number('how many were dropped'),
  waiting: number('how many wait'),
  key: text('the key of a cached reply, or of a record that waits for the cloud'),
  // pairing
  pairingCode: text('six digits; worthless after ten minutes'),
  approve: text('the command that pairs the device'),
  // the cloud
  function: text('the name of a function of the cloud'),
  output: text('what a function, a program or a command wrote'),
  cron: text('the name of a cron'),
  table: text('of the database'),
  documents: number('how many'),
  checked: number('how many'),
  see: text('where more is'),
  route: text('of an HTTP action'),
  request: text('the id of a request'),
  clockDifferenceS: number("between this machine's clock and the cloud's"),
  command: text('a command line of `--on`'),
  assignments: object('what systemd is told'),
} as const;

export type LogField = keyof typeof LOG_FIELDS;

/** The fields that a line may have. Each line of the catalogue names its own. */
export type LogFields = { readonly [Name in LogField]?: Types[(typeof LOG_FIELDS)[Name]['type']] | undefined };
