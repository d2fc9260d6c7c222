/**
 * The shape of the configuration file (docs/assistant.md). Names of providers are checked where the registry is known (config.ts).
 */
import * as v from 'valibot';
import { nearestName } from '../../core/nearest-name.ts';
import { LANGUAGE_TAG } from '../../protocol/locale.ts';

const text = v.pipe(v.string('write a text'), v.nonEmpty('write a text that is not empty'));
const amount = v.pipe(v.number('write a number'), v.finite('write a number'), v.minValue(0, 'write 0 or more'));

const KEY_LIKE = /key|token|secret|password/i;
const NOT_HERE = 'keys do not stand in this file: write keyFile (a file) or keyVariable (an environment variable); ';

/** An object whose unknown keys are refused, with the key that was probably meant. No message has a value of the file: it may be a key. */
function section<Entries extends v.ObjectEntries>(entries: Entries, wanted = 'write an object: { … }') {
  const names = Object.keys(entries);
  const object = v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'Object') return wanted;
    if (expected !== 'never') return `${JSON.parse(expected ?? '""')} is missing`;
    const name = JSON.parse(received);
    const nearest = nearestName(name, names);
    const meant = nearest === undefined ? '' : `did you mean “${nearest}”? `;
    return `there is no such setting; ${KEY_LIKE.test(name) ? NOT_HERE : meant}allowed are ${names.join(', ')}`;
  });
  return v.pipe(
    v.custom<unknown>((written) => !Array.isArray(written), wanted),
    object,
  );
}

/** What a provider charges, in the currency of the configuration. */
const prices = section({
  perRequest: v.optional(amount),
  perMillionInputTokens: v.optional(amount),
  perMillionOutputTokens: v.optional(amount),
  perMinuteSent: v.optional(amount),
  perMinuteReceived: v.optional(amount),
  perMillionCharacters: v.optional(amount),
});

const URL_SCHEMES = ['http:', 'https:', 'ws:', 'wss:', 'tcp:'];

export const url = v.pipe(
  text,
  v.check(
    (address) => URL.canParse(address) && URL_SCHEMES.includes(new URL(address).protocol),
    'write an address that begins with http://, https://, ws://, wss:// or tcp://',
  ),
  v.check(
    (address) => !URL.canParse(address) || (new URL(address).username === '' && new URL(address).password === ''),
    'write no name and no password into the address: give the key by keyFile or keyVariable',
  ),
);

export const timeoutMs = v.pipe(
  v.number('write a number of milliseconds'),
  v.integer('write a whole number of milliseconds'),
  v.minValue(100, 'write 100 to 600000 milliseconds'),
  v.maxValue(600_000, 'write 100 to 600000 milliseconds'),
);

export const language = v.pipe(text, v.regex(LANGUAGE_TAG, 'write a language like “en” or “de-AT”'));

const part = section(
  {
    provider: text,
    url: v.optional(url),
    model: v.optional(text),
    voice: v.optional(text),
    /** BCP 47: instead of the device's. */
    language: v.optional(language),
    /** A file with the key, that only its owner can read; relative to the configuration file. */
    keyFile: v.optional(text),
    /** Name of the environment variable with the key. */
    keyVariable: v.optional(
      v.pipe(
        text,
        v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'write the name of an environment variable, not the key itself'),
      ),
    ),
    timeoutMs: v.optional(timeoutMs),
    /** Provider that answers while this one cannot; `none`: the person hears that it failed. */
    fallback: v.optional(text),
    /** What one device may cost a day, in the currency; needs prices. */
    perDeviceAndDay: v.optional(amount),
    prices: v.optional(prices),
    /** For modules of your own. */
    options: v.optional(v.record(v.string(), v.unknown(), 'write an object')),
  },
  'write the name of a provider, or an object with “provider”',
);

const partOrName = v.lazy((written) => (typeof written === 'string' ? text : part));

const TOOL_EFFECTS = ['reads', 'changes', 'asks'] as const;

/** A server of tools, by the Model Context Protocol. */
const mcpServer = section({
  /** A program and its arguments … */
  command: v.optional(
    v.pipe(v.array(text, 'write a list: the program, then its arguments'), v.minLength(1, 'write a program')),
  ),
  /** … and variables of its environment; or */
  environment: v.optional(v.record(text, v.string('write a text'), 'write an object of variables')),
  /** the address of a server. */
  url: v.optional(url),
  keyFile: v.optional(text),
  keyVariable: v.optional(text),
  timeoutMs: v.optional(timeoutMs),
  /** Its tools that may be used: `reads` nothing changes, `changes` can be taken back, `asks` the person first. */
  allow: v.optional(
    v.record(
      text,
      v.picklist(TOOL_EFFECTS, 'write “reads”, “changes” or “asks”'),
      'write an object: the tool, then “reads”, “changes” or “asks”',
    ),
  ),
});
export type McpSection = v.InferOutput<typeof mcpServer>;

const serverName = v.pipe(
  text,
  v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'the name of a server has a–z, 0–9 and -, up to 32'),
);

export const configSchema = section({
  /** Options of the commands, checked by the command line (src/cli/config/). */
  commands: v.optional(v.unknown()),
  assistant: v.optional(
    section({
      transcriber: v.optional(partOrName),
      brain: v.optional(partOrName),
      synthesizer: v.optional(partOrName),
      /** All three in one. */
      realtime: v.optional(partOrName),
      /** Servers of tools, by name. */
      mcp: v.optional(v.record(serverName, mcpServer, 'write an object: a name, then the server')),
      /** For caps and prices; only shown. */
      currency: v.optional(text),
    }),
  ),
});

export type PartSection = v.InferOutput<typeof part>;
export type ConfigFile = v.InferOutput<typeof configSchema>;
