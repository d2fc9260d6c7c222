/**
 * A client of ESPHome's native API without sockets: it does the handshake with the server's wire, and reads what that sends. The Noise part is the other role of
 * src/core/esphome/noise.ts, written for tests from the specification.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto';

const EMPTY = Buffer.alloc(0);
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const PROLOGUE = Buffer.from('NoiseAPIInit\0\0');

const sha = (...parts: Uint8Array[]) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

function derive(chainingKey: Uint8Array, material: Uint8Array, count: number): Buffer[] {
  const all = Buffer.from(hkdfSync('sha256', material, chainingKey, EMPTY, 32 * count));
  return Array.from({ length: count }, (_, i) => all.subarray(32 * i, 32 * i + 32));
}

const nonceOf = (count: number) => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32LE(count, 4);
  return nonce;
};

function seal(key: Uint8Array, count: number, plain: Uint8Array, about: Uint8Array): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonceOf(count), { authTagLength: 16 });
  cipher.setAAD(about, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(key: Uint8Array, count: number, sealed: Uint8Array, about: Uint8Array): Buffer {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonceOf(count), { authTagLength: 16 });
  decipher.setAAD(about, { plaintextLength: sealed.length - 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

export const sealedFrame = (message: Uint8Array) =>
  Buffer.concat([Buffer.from([1, message.length >> 8, message.length & 255]), message]);

/** The messages of encrypted frames. */
export function sealedMessages(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 3 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 1);
    messages.push(bytes.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return messages;
}

export interface Handshake {
  /** The client's hello and its message of the handshake. */
  opening: Buffer;
  /** With what the server has answered. Throws for another key. */
  finish(answer: Buffer): { serverHello: Buffer; seal(content: Uint8Array): Buffer; open(message: Uint8Array): Buffer };
}

export function beginHandshake(psk: Uint8Array): Handshake {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ours = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  let ck: Buffer = sha(Buffer.from('Noise_NNpsk0_25519_ChaChaPoly_SHA256'));
  let h: Buffer = sha(ck, PROLOGUE);
  let k: Buffer = EMPTY;
  const [ck1, tempH, k1] = derive(ck, psk, 3) as [Buffer, Buffer, Buffer];
  ck = ck1;
  h = sha(h, tempH);
  k = k1;
  h = sha(h, ours);
  [ck, k] = derive(ck, ours, 2) as [Buffer, Buffer];
  const tag = seal(k, 0, EMPTY, h);
  h = sha(h, tag);
  return {
    opening: Buffer.concat([sealedFrame(EMPTY), sealedFrame(Buffer.concat([Buffer.from([0]), ours, tag]))]),
    finish(answer) {
      const [serverHello = EMPTY, message = EMPTY] = sealedMessages(answer);
      if (message[0] !== 0) throw new Error(message.subarray(1).toString());
      const theirs = message.subarray(1, 33);
      h = sha(h, theirs);
      [ck, k] = derive(ck, theirs, 2) as [Buffer, Buffer];
      const publicOfServer = createPublicKey({ key: Buffer.concat([SPKI, theirs]), format: 'der', type: 'spki' });
      [ck, k] = derive(ck, diffieHellman({ privateKey, publicKey: publicOfServer }), 2) as [Buffer, Buffer];
      unseal(k, 0, message.subarray(33), h);
      const [toServer, toClient] = derive(ck, EMPTY, 2) as [Buffer, Buffer];
      let sent = 0;
      let received = 0;
      return {
        serverHello,
        seal: (content) => sealedFrame(seal(toServer, sent++, content, EMPTY)),
        open: (sealed) => unseal(toClient, received++, sealed, EMPTY),
      };
    },
  };
}
