/**
 * Services as DNS records (RFC 6763) over multicast DNS (RFC 6762). Pure. IPv4 only: every device of a house has it.
 */
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, type Packet, type Question } from 'dns-packet';

/** What is published. */
export interface ServiceDescription {
  /** Like `_earshot._tcp`. */
  type: string;
  /** For people. Without dots, and at most 63 bytes: `instanceLabel`. */
  name: string;
  port: number;
  /** Everybody on the network reads it. A `key=value` has at most 255 bytes. */
  txt: Readonly<Record<string, string>>;
}

/** What was found. All of it was written by somebody on the network. */
export interface FoundService extends ServiceDescription {
  address: string;
}

/** Seconds that others may remember a record (RFC 6762 §10): those with an address, and the others. */
const HOST_TTL = 120;
const OTHER_TTL = 4_500;
const MAX_LABEL_BYTES = 63;
const MAX_TXT_STRING_BYTES = 255;
/** Of what is found; a hostile record may have as many as fit into a packet. */
const MAX_TXT_KEYS = 32;
/** The list of all types on the network (RFC 6763 §9). */
const ALL_TYPES = '_services._dns-sd._udp.local';

/** A name as one label of DNS: other than in RFC 6763, dots are replaced, because the library splits names at them. */
export function instanceLabel(name: string, suffix = ''): string {
  let label = name.replaceAll('.', '-');
  while (Buffer.byteLength(label + suffix) > MAX_LABEL_BYTES) label = [...label].slice(0, -1).join('');
  return label + suffix;
}

export const instanceName = ({ name, type }: Pick<ServiceDescription, 'name' | 'type'>) => `${name}.${type}.local`;

/** @param host like `earshot-1a2b.local`, of this machine @param address of this machine, on the network that gets the records */
export function recordsOf(service: ServiceDescription, host: string, address: string): Answer[] {
  const [name, type] = [instanceName(service), `${service.type}.local`];
  const strings = Object.entries(service.txt).map(([key, value]) =>
    Buffer.from(`${key}=${value}`).subarray(0, MAX_TXT_STRING_BYTES),
  );
  return [
    { type: 'PTR', name: type, ttl: OTHER_TTL, data: name },
    { type: 'SRV', name, ttl: HOST_TTL, flush: true, data: { port: service.port, target: host } },
    { type: 'TXT', name, ttl: OTHER_TTL, flush: true, data: strings },
    { type: 'A', name: host, ttl: HOST_TTL, flush: true, data: address },
  ];
}

export function responseWith(answers: Answer[], additionals: Answer[] = []): Packet {
  return { type: 'response', flags: AUTHORITATIVE_ANSWER, answers, additionals };
}

/** Asks for everything of this name; says what it is going to be (RFC 6762 §8.1). */
export function probeFor(service: ServiceDescription, host: string, address: string): Packet {
  const [, pointsTo] = recordsOf(service, host, address);
  // The types of the library do not know that any type can be asked for.
  const question = { type: 'ANY', name: instanceName(service) } as unknown as Question;
  return { type: 'query', questions: [question], authorities: pointsTo ? [pointsTo] : [] };
}

/** Tells everybody to forget the service (RFC 6762 §10.1). */
export function goodbyeOf(service: ServiceDescription): Answer[] {
  return [{ type: 'PTR', name: `${service.type}.local`, ttl: 0, data: instanceName(service) }];
}

export function typeRecord({ type }: Pick<ServiceDescription, 'type'>): Answer {
  return { type: 'PTR', name: ALL_TYPES, ttl: OTHER_TTL, data: `${type}.local` };
}

export type Asked = 'service' | 'type';

/** Whether a query asks for this service, and does not know it already (RFC 6762 §7.1). */
export function isAsked(packet: DecodedPacket, service: ServiceDescription, host: string): Asked | undefined {
  const name = instanceName(service);
  const isKnown = (packet.answers ?? []).some(
    (answer) => answer.type === 'PTR' && isSame(answer.data, name) && Number(answer.ttl) >= OTHER_TTL / 2,
  );
  const questions = packet.questions ?? [];
  const asks = (asked: string) => questions.some((question: Question) => isSame(question.name, asked));
  if (asks(name) || asks(host)) return 'service';
  if (asks(`${service.type}.local`) && !isKnown) return 'service';
  return asks(ALL_TYPES) ? 'type' : undefined;
}

/** Whether somebody else has this name: a record of it that points elsewhere. */
export function isConflict(packet: DecodedPacket, service: ServiceDescription, host: string): boolean {
  return allRecords(packet).some(
    (record) =>
      record.type === 'SRV' &&
      isSame(record.name, instanceName(service)) &&
      !(isSame(record.data.target, host) && record.data.port === service.port),
  );
}

/** The services of a type in one response that are complete in it. */
export function servicesIn(packet: DecodedPacket, type: string): FoundService[] {
  const records = allRecords(packet).filter((record) => record.type === 'OPT' || record.ttl !== 0);
  return records.flatMap((pointer) => {
    if (pointer.type !== 'PTR' || !isSame(pointer.name, `${type}.local`)) return [];
    const name = pointer.data;
    const service = records.find((record) => record.type === 'SRV' && isSame(record.name, name));
    const text = records.find((record) => record.type === 'TXT' && isSame(record.name, name));
    if (service?.type !== 'SRV' || text?.type !== 'TXT' || service.data.port === 0) return [];
    const host = records.find((record) => record.type === 'A' && isSame(record.name, service.data.target));
    if (host?.type !== 'A') return [];
    const label = name.slice(0, Math.max(0, name.length - type.length - '.local'.length - 1));
    return [{ type, name: label, port: service.data.port, address: host.data, txt: txtOf(text.data) }];
  });
}

function allRecords({ answers = [], additionals = [] }: DecodedPacket): Answer[] {
  return [...answers, ...additionals];
}

function txtOf(data: unknown): Record<string, string> {
  const strings = (Array.isArray(data) ? data : [data]).slice(0, MAX_TXT_KEYS).map(String);
  const pairs = strings.flatMap((text) => {
    const [, key, value] = /^([\x20-\x3c\x3e-\x7e]{1,32})=(.*)$/s.exec(text) ?? [];
    return key === undefined ? [] : [[key.toLowerCase(), value ?? ''] as const];
  });
  // A key that begins with an underscore would be one of the object itself.
  return Object.fromEntries(pairs.filter(([key]) => !key.startsWith('_')));
}

/** Names are compared without case (RFC 6762 §16). */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}
