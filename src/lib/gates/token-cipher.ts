import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts tokens at rest. */
export interface TokenCipher {
  /** @param owner id of the gate; authenticated, so that the token cannot be copied to another gate */
  encrypt(token: string, owner: string): string;
  /** `undefined` if no key decrypts it: the keys have changed. */
  decrypt(encrypted: string, owner: string): string | undefined;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

/** AES-256-GCM. The first key encrypts, each key decrypts, so that keys can be rotated without losing gates. */
export function makeTokenCipher(keys: readonly [Buffer, ...Buffer[]]): TokenCipher {
  return {
    encrypt(token, owner) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, keys[0], nonce).setAAD(Buffer.from(owner));
      const encrypted = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64');
    },

    decrypt(encrypted, owner) {
      const bytes = Buffer.from(encrypted, 'base64');
      for (const key of keys) {
        try {
          const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
            .setAAD(Buffer.from(owner))
            .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
          const text = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()];
          return Buffer.concat(text).toString('utf8');
        } catch {
          continue; // Another key, or damaged.
        }
      }
      return undefined;
    },
  };
}
