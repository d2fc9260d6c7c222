/**
 * What runs in the page: a WebRTC connection to itself for each path, by way of a relay, and Chromium's figures of its jitter buffer (NetEQ)
 * many times a second. The function is sent to the page as text, so it uses nothing from outside.
 */
import type { End } from './delaying-relay.ts';

export interface StreamToPlay {
  name: string;
  packetMs: number;
}

/** Since the beginning, as in RTCInboundRtpStreamStats; samples at 48 kHz. */
export interface NetEqSample {
  emittedSamples: number;
  /** Sum over all emitted samples. */
  waitedSeconds: number;
  receivedSamples: number;
  concealedSamples: number;
  concealmentEvents: number;
  removedSamples: number;
  insertedSamples: number;
  discardedPackets: number;
  receivedPackets: number;
}

declare global {
  interface Window {
    relayPort(name: string, end: End, port: number): Promise<number>;
    /** Nothing more is forwarded. */
    stopRelays(): Promise<void>;
  }
}

export interface PlayedStream {
  samples: NetEqSample[];
  /** In the end, when all that was forwarded has arrived. */
  receivedPackets: number;
}

export async function playStreams({
  streams,
  seconds,
  bitrate,
}: {
  streams: StreamToPlay[];
  seconds: number;
  bitrate: number;
}): Promise<Record<string, PlayedStream>> {
  const EVERY_MS = 100;
  const LAST_ARRIVE_MS = 500;
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const { mediaDevices } = navigator;
  const speech = await mediaDevices.getUserMedia({ audio: plain });

  /** Opus with packets of this length, without what would adapt them to the path: the other side has to get the same packets. */
  function withOpus(sdp: string, packetMs: number): string {
    const [, type = ''] = /a=rtpmap:(\d+) opus/.exec(sdp) ?? [];
    const settings = `minptime=10;useinbandfec=0;usedtx=0;stereo=0;maxplaybackrate=16000;maxaveragebitrate=${bitrate}`;
    return sdp
      .split('\r\n')
      .filter((line) => !line.startsWith(`a=rtcp-fb:${type} `) && !line.includes('transport-wide-cc'))
      .map((line) => (line.startsWith(`a=fmtp:${type} `) ? `a=fmtp:${type} ${settings}\r\na=ptime:${packetMs}` : line))
      .join('\r\n');
  }

  /** Candidates go to the other end with the relay's port in place of theirs, when it knows both descriptions. */
  function candidatesOf(name: string, end: End, from: RTCPeerConnection, to: RTCPeerConnection): () => Promise<void> {
    const found: RTCIceCandidate[] = [];
    let isOpen = false;
    async function pass(candidate: RTCIceCandidate): Promise<void> {
      const { address, protocol, port, sdpMid, sdpMLineIndex } = candidate;
      if (address !== '127.0.0.1' || protocol !== 'udp' || port === null) return;
      const fields = candidate.candidate.split(' ');
      fields[5] = String(await window.relayPort(name, end, port));
      await to.addIceCandidate({ candidate: fields.join(' '), sdpMid, sdpMLineIndex });
    }
    from.addEventListener('icecandidate', ({ candidate }) => {
      if (!candidate) return;
      if (isOpen) void pass(candidate);
      else found.push(candidate);
    });
    return async () => {
      isOpen = true;
      for (const candidate of found) await pass(candidate);
    };
  }

  async function connect({ name, packetMs }: StreamToPlay): Promise<RTCRtpReceiver> {
    const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const openings = [candidatesOf(name, 'sender', sender, receiver), candidatesOf(name, 'receiver', receiver, sender)];
    const received = new Promise<RTCRtpReceiver>((resolve) => {
      receiver.addEventListener('track', (event) => {
        const audio = new Audio();
        audio.srcObject = new MediaStream([event.track]);
        void audio.play();
        resolve(event.receiver);
      });
    });
    for (const track of speech.getTracks()) sender.addTrack(track, speech);
    const offer = await sender.createOffer();
    await sender.setLocalDescription(offer);
    await receiver.setRemoteDescription({ type: 'offer', sdp: withOpus(offer.sdp ?? '', packetMs) });
    const answer = await receiver.createAnswer();
    await receiver.setLocalDescription(answer);
    await sender.setRemoteDescription({ type: 'answer', sdp: withOpus(answer.sdp ?? '', packetMs) });
    for (const open of openings) await open();
    return await received;
  }

  async function sampleOf(receiver: RTCRtpReceiver): Promise<NetEqSample | undefined> {
    for (const stats of (await receiver.getStats()).values()) {
      if (stats.type !== 'inbound-rtp') continue;
      return {
        emittedSamples: stats.jitterBufferEmittedCount ?? 0,
        waitedSeconds: stats.jitterBufferDelay ?? 0,
        receivedSamples: stats.totalSamplesReceived ?? 0,
        concealedSamples: stats.concealedSamples ?? 0,
        concealmentEvents: stats.concealmentEvents ?? 0,
        removedSamples: stats.removedSamplesForAcceleration ?? 0,
        insertedSamples: stats.insertedSamplesForDeceleration ?? 0,
        discardedPackets: stats.packetsDiscarded ?? 0,
        receivedPackets: stats.packetsReceived ?? 0,
      };
    }
    return undefined;
  }

  const playing = await Promise.all(streams.map(async (stream) => ({ ...stream, receiver: await connect(stream) })));
  const samples: Record<string, NetEqSample[]> = Object.fromEntries(streams.map(({ name }) => [name, []]));
  const received: Record<string, number> = {};
  const endsAtMs = performance.now() + seconds * 1_000;
  while (performance.now() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    for (const { name, receiver } of playing) {
      const sample = await sampleOf(receiver);
      if (sample) samples[name]?.push(sample);
    }
  }
  await window.stopRelays();
  await new Promise((resolve) => setTimeout(resolve, LAST_ARRIVE_MS));
  for (const { name, receiver } of playing) received[name] = (await sampleOf(receiver))?.receivedPackets ?? 0;
  return Object.fromEntries(
    streams.map(({ name }) => [name, { samples: samples[name] ?? [], receivedPackets: received[name] ?? 0 }]),
  );
}
