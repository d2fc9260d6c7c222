/**
 * The key pair that tokens are signed with (ES256, P-256). It is derived from one secret, the gateway's key, so that a user has one
 * value to store; the deployment gets only the public half, and cannot sign.
 */
import { createECDH, createHash, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';
import { EarshotError } from '../errors.ts';

/** Anyone who has the public half can try secrets on it: they must be too many to try. `openssl rand -hex 32` makes 64 characters. */
const MIN_SECRET_LENGTH = 32;
/** Binds the derived key to its purpose (HKDF, RFC 5869). Another text makes another key pair. */
const PURPOSE = 'earshot cloud identity ES256 1';
/** Order of P-256 (FIPS 186-4, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** 96 bits more than the order has, so that the reduction favours no key (FIPS 186-5, A.2.1). */
const DERIVED_BYTES = 44;
const COORDINATE_BYTES = 32;

export interface SigningKey {
  privateKey: KeyObject;
  /** `kid` of its tokens: the thumbprint of the public half (RFC 7638). */
  id: string;
  /** The public half as the deployment gets it in EARSHOT_JWKS: a JWK set as a `data:` URI. */
  jwks: string;
}

/** @throws EarshotError `usage` for a secret that could be guessed */
export function signingKeyOf(secret: string): SigningKey {
  if (secret.length < MIN_SECRET_LENGTH) {
    const message = `The gateway's key is too short: it has fewer than ${MIN_SECRET_LENGTH} characters`;
    throw new EarshotError('usage', message, 'Make one with: openssl rand -hex 32');
  }
  const derived = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, DERIVED_BYTES));
  // 1 to ORDER - 1
  const scalar = (BigInt(`0x${derived.toString('hex')}`) % (ORDER - 1n)) + 1n;
  const privateBytes = Buffer.from(scalar.toString(16).padStart(2 * COORDINATE_BYTES, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(privateBytes);
  // 0x04, x, y
  const point = curve.getPublicKey();
  const x = point.subarray(1, 1 + COORDINATE_BYTES).toString('base64url');
  const y = point.subarray(1 + COORDINATE_BYTES).toString('base64url');
  const publicHalf = { crv: 'P-256', kty: 'EC', x, y };
  const id = createHash('sha256').update(JSON.stringify(publicHalf)).digest('base64url');
  const jwk = { ...publicHalf, d: privateBytes.toString('base64url') };
  const set = JSON.stringify({ keys: [{ ...publicHalf, kid: id, alg: 'ES256', use: 'sig' }] });
  return {
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
    id,
    jwks: `data:text/plain;charset=utf-8;base64,${Buffer.from(set).toString('base64')}`,
  };
}
