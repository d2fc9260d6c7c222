/**
 * Publishes services by multicast DNS (RFC 6762): asks whether a name is free, announces it, answers questions, says goodbye.
 */
import type { DecodedPacket } from 'dns-packet';
import { keepRunning } from '../core/actor/keep-running.ts';
import type { Scope } from '../core/actor/scope.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import {
  type Asked,
  goodbyeOf,
  instanceLabel,
  isAsked,
  isConflict,
  probeFor,
  recordsOf,
  responseWith,
  type ServiceDescription,
  typeRecord,
} from './dns-sd.ts';
import { type MdnsLink, type OpenLink, openMdnsLink } from './mdns-network.ts';

/** RFC 6762 §8.1: three questions before a name is used. */
const PROBES = 3;
const PROBE_INTERVAL_MS = 250;
/** RFC 6762 §8.3: at least two announcements, a second apart. */
const ANNOUNCEMENTS = 2;
const ANNOUNCEMENT_INTERVAL_MS = 1_000;
/** RFC 6762 §6: several machines may answer, so each waits a random time. Questions meanwhile get one answer. */
const ANSWER_DELAY_MS = { least: 20, most: 120 };
/** Networks come and go: Wi-Fi that connects, a cable. */
const NETWORK_CHECK_MS = 15_000;
/** Who takes each name away is hostile. */
const MAX_RENAMES = 20;

export interface Publisher {
  publish(service: ServiceDescription): Publication;
  close(): void;
}

export interface Publication {
  /** As it is published: with a number at its end if the name was taken. */
  readonly name: string;
  /** Says goodbye. */
  close(): void;
}

export interface PublisherOptions {
  /** IPv4 addresses of this machine on the networks on which it publishes; read again and again. */
  addresses: () => readonly string[];
  /** The name of this machine for these services, like `earshot-1a2b3c`: unique on the network, and always the same. */
  host: string;
  clock: Clock;
  log: Log;
  openLink?: OpenLink;
  /** From 0 to 1. */
  random?: () => number;
}

interface Entry {
  service: ServiceDescription;
  /** As it was asked for. */
  wanted: string;
  renames: number;
  probesLeft: number;
  announcementsLeft: number;
  timer?: unknown;
}

export function openPublisher(options: PublisherOptions): Publisher {
  const { addresses, clock, log, openLink = openMdnsLink, random = Math.random } = options;
  const host = `${options.host}.local`;
  const entries = new Set<Entry>();
  const links = new Map<string, MdnsLink>();
  /** What is answered after the delay. */
  const asked = new Map<Entry, Asked>();
  let answering: unknown;
  let scope: Scope;

  const part = keepRunning('the announcement in the network', { clock, log }, (started) => {
    scope = started;
    links.clear();
    asked.clear();
    answering = undefined;
    checkNetworks();
    for (const entry of entries) begin(entry);
  });

  function checkNetworks(): void {
    const now = new Set(addresses());
    for (const [address, link] of links) {
      if (now.has(address)) continue;
      links.delete(address);
      link.close();
    }
    const added = [...now].filter((address) => !links.has(address));
    for (const address of added) {
      const onFailed = (error: Error) => {
        links.delete(address);
        log.debug('this network takes no multicast; it is tried again', { address, error: error.message });
      };
      links.set(address, openLink(address, { onPacket, onFailed }, scope));
    }
    if (added.length > 0) for (const entry of entries) if (entry.probesLeft === 0) announce(entry, ANNOUNCEMENTS);
    scope.clock.setTimeout(checkNetworks, NETWORK_CHECK_MS);
  }

  function begin(entry: Entry): void {
    entry.probesLeft = PROBES;
    entry.announcementsLeft = 0;
    scope.clock.clearTimeout(entry.timer);
    entry.timer = scope.clock.setTimeout(() => probe(entry), random() * PROBE_INTERVAL_MS);
  }

  function probe(entry: Entry): void {
    if (entry.probesLeft === 0) return announce(entry, ANNOUNCEMENTS);
    entry.probesLeft -= 1;
    for (const link of links.values()) link.send(probeFor(entry.service, host, link.address));
    entry.timer = scope.clock.setTimeout(() => probe(entry), PROBE_INTERVAL_MS);
  }

  function announce(entry: Entry, times: number): void {
    entry.announcementsLeft = times - 1;
    for (const link of links.values()) link.send(responseOf(entry, link));
    if (entry.announcementsLeft === 0) return;
    scope.clock.clearTimeout(entry.timer);
    entry.timer = scope.clock.setTimeout(() => announce(entry, entry.announcementsLeft), ANNOUNCEMENT_INTERVAL_MS);
  }

  function onPacket(packet: DecodedPacket): void {
    for (const entry of entries) {
      if (packet.type === 'response') {
        if (isConflict(packet, entry.service, host)) rename(entry);
        continue;
      }
      if (entry.probesLeft > 0) continue;
      const what = isAsked(packet, entry.service, host);
      if (what && asked.get(entry) !== 'service') asked.set(entry, what);
    }
    if (asked.size === 0 || answering !== undefined) return;
    const { least, most } = ANSWER_DELAY_MS;
    answering = scope.clock.setTimeout(answer, least + random() * (most - least));
  }

  function answer(): void {
    answering = undefined;
    for (const [entry, what] of asked) {
      for (const link of links.values()) {
        link.send(what === 'type' ? responseWith([typeRecord(entry.service)]) : responseOf(entry, link));
      }
    }
    asked.clear();
  }

  function responseOf({ service }: Entry, { address }: MdnsLink) {
    const [pointer, ...additionals] = recordsOf(service, host, address);
    return responseWith(pointer ? [pointer] : [], additionals);
  }

  /** Somebody else has this name. */
  function rename(entry: Entry): void {
    if (entry.renames === MAX_RENAMES) return;
    entry.renames += 1;
    const name = instanceLabel(entry.wanted, ` (${entry.renames + 1})`);
    log.warn('this name is taken on the network, so another one is announced', { taken: entry.service.name, name });
    entry.service = { ...entry.service, name };
    begin(entry);
  }

  return {
    publish(service) {
      const name = instanceLabel(service.name);
      const entry: Entry = {
        ...{ service: { ...service, name }, wanted: name, renames: 0, probesLeft: PROBES, announcementsLeft: 0 },
      };
      entries.add(entry);
      begin(entry);
      return {
        get name() {
          return entry.service.name;
        },
        close() {
          if (!entries.delete(entry)) return;
          asked.delete(entry);
          scope.clock.clearTimeout(entry.timer);
          for (const link of links.values()) link.send(responseWith(goodbyeOf(entry.service)));
        },
      };
    },
    close() {
      const farewell = [...entries].flatMap(({ service }) => goodbyeOf(service));
      for (const link of links.values()) link.close(responseWith(farewell));
      entries.clear();
      links.clear();
      part.stop();
    },
  };
}
