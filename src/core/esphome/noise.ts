/**
 * The server's end of a Noise handshake, `Noise_NNpsk0_25519_ChaChaPoly_SHA256` (noiseprotocol.org/noise.html, revision 34), by node:crypto. Both ends prove
 * that they have the same key of 32 bytes; each connection has keys of its own.
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

const PROTOCOL = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256';
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const EMPTY = Buffer.alloc(0);
/** DER of an X25519 public key, before its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** The peer has another key, or what it sent was changed on its way. */
export class NoiseError extends Error {}

/** A handshake that succeeded. Both must be called in the order of the messages. */
export interface NoiseSession {
  encrypt(plain: Uint8Array): Buffer;
  /** @throws NoiseError */
  decrypt(sealed: Uint8Array): Buffer;
}

/** ChaCha20-Poly1305 with one key, whose nonce counts messages. */
class Cipher {
  readonly #key: Buffer;
  #messages = 0n;

  constructor(key: Buffer) {
    this.#key = key;
  }

  #nonce(): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64LE(this.#messages++, 4);
    return nonce;
  }

  seal(plain: Uint8Array, about: Uint8Array): Buffer {
    const cipher = createCipheriv('chacha20-poly1305', this.#key, this.#nonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(about, { plaintextLength: plain.length });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed: Uint8Array, about: Uint8Array): Buffer {
    if (sealed.length < TAG_BYTES) throw new NoiseError('a message is too short');
    const body = sealed.subarray(0, -TAG_BYTES);
    const decipher = createDecipheriv('chacha20-poly1305', this.#key, this.#nonce(), { authTagLength: TAG_BYTES });
    decipher.setAAD(about, { plaintextLength: body.length });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch (cause) {
      throw new NoiseError('a message is not authentic', { cause });
    }
  }
}

/** The symmetric state of the specification (section 5.2). */
class SymmetricState {
  #chainingKey: Buffer = createHash('sha256').update(PROTOCOL).digest();
  #hash: Buffer = this.#chainingKey;
  #cipher: Cipher | undefined;

  mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = this.#derive(material, 2) as [Buffer, Buffer];
    this.#chainingKey = chainingKey;
    this.#cipher = new Cipher(key);
  }

  mixKeyAndHash(material: Uint8Array): void {
    const [chainingKey, hashed, key] = this.#derive(material, 3) as [Buffer, Buffer, Buffer];
    this.#chainingKey = chainingKey;
    this.mixHash(hashed);
    this.#cipher = new Cipher(key);
  }

  sealAndHash(plain: Uint8Array): Buffer {
    const sealed = this.#cipher?.seal(plain, this.#hash) ?? Buffer.from(plain);
    this.mixHash(sealed);
    return sealed;
  }

  openAndHash(sealed: Uint8Array): Buffer {
    const plain = this.#cipher?.open(sealed, this.#hash) ?? Buffer.from(sealed);
    this.mixHash(sealed);
    return plain;
  }

  /** Of the end that began, and of the other one. */
  split(): [Cipher, Cipher] {
    const [first, second] = this.#derive(EMPTY, 2) as [Buffer, Buffer];
    return [new Cipher(first), new Cipher(second)];
  }

  #derive(material: Uint8Array, count: number): Buffer[] {
    const all = Buffer.from(hkdfSync('sha256', material, this.#chainingKey, EMPTY, KEY_BYTES * count));
    return Array.from({ length: count }, (_, index) => all.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
  }
}

/**
 * Answers the client's one message of the handshake with the server's one.
 *
 * @param key 32 bytes
 * @param prologue what both ends have seen before
 * @throws NoiseError
 */
export function acceptNoise(
  key: Uint8Array,
  prologue: Uint8Array,
  received: Uint8Array,
): { answer: Buffer; session: NoiseSession } {
  const state = new SymmetricState();
  state.mixHash(prologue);
  // The client's message: psk, e.
  if (received.length < KEY_BYTES) throw new NoiseError('the handshake is too short');
  const theirs = received.subarray(0, KEY_BYTES);
  state.mixKeyAndHash(key);
  state.mixHash(theirs);
  state.mixKey(theirs);
  state.openAndHash(received.subarray(KEY_BYTES));
  // The server's message: e, ee.
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ours = publicKey.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  state.mixHash(ours);
  state.mixKey(ours);
  state.mixKey(sharedSecret(privateKey, theirs));
  const answer = Buffer.concat([ours, state.sealAndHash(EMPTY)]);
  const [fromClient, fromServer] = state.split();
  return {
    answer,
    session: {
      encrypt: (plain) => fromServer.seal(plain, EMPTY),
      decrypt: (sealed) => fromClient.open(sealed, EMPTY),
    },
  };
}

function sharedSecret(privateKey: Parameters<typeof diffieHellman>[0]['privateKey'], theirs: Uint8Array): Buffer {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI, theirs]), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey, publicKey });
  } catch (cause) {
    // A point of low order.
    throw new NoiseError('the key of the handshake is not valid', { cause });
  }
}
