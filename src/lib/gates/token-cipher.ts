import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Keeps tokens unreadable at rest. */
export interface TokenBox {
  /** @param place what the token belongs to; it opens nowhere else */
  seal(token: string, place: string): string;
  /** `undefined` where no key opens it: the keys have been changed since. */
  open(sealed: string, place: string): string | undefined;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

/** AES-256-GCM. The first key seals, every key opens, so that keys can be changed without losing gates. */
export function makeTokenBox(keys: readonly [Buffer, ...Buffer[]]): TokenBox {
  return {
    seal(token, place) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, keys[0], nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },

    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64');
      for (const key of keys) {
        try {
          const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
            .setAAD(Buffer.from(place))
            .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
          const text = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()];
          return Buffer.concat(text).toString('utf8');
        } catch {
          continue; // Sealed with another key, or damaged.
        }
      }
      return undefined;
    },
  };
}
