import type { IncomingMessage } from 'node:http';
import { header } from '../http/exchange.ts';
import { HttpFailure } from '../http/http-failure.ts';
import type { WatchedDocuments } from '../operations/watched-documents.ts';
import { type AccessKey, allows, keyOf } from './access-keys.ts';
import { basicCredentials } from './basic.ts';
import { type Caller, LOCAL, type Scope } from './caller.ts';

/**
 * Lets in who has a key for what is asked. While a server on a loopback address has no keys at all,
 * everyone on the machine may do everything.
 */
export class Gate {
  readonly #keys: WatchedDocuments<readonly AccessKey[]>;
  readonly #openWithoutKeys: boolean;

  constructor(keys: WatchedDocuments<readonly AccessKey[]>, openWithoutKeys: boolean) {
    this.#keys = keys;
    this.#openWithoutKeys = openWithoutKeys;
  }

  /** Who makes the request. Throws an HttpFailure: 401 without a key that is known, 403 with one for other things. */
  async enter(request: IncomingMessage, scope: Scope): Promise<Caller> {
    const keys = await this.#keys.current();
    if (keys.length === 0 && this.#openWithoutKeys) return LOCAL;
    return await this.open(basicCredentials(header(request, 'authorization')), scope);
  }

  /** The caller whose credentials these are. Throws as `enter` does. */
  async open(
    credentials: { readonly accessId: string; readonly accessKey: string } | null,
    scope: Scope,
  ): Promise<Caller> {
    if (credentials === null) throw unauthorized('an access id and an access key are needed');
    const { accessId, accessKey } = credentials;
    const key =
      keyOf(await this.#keys.current(), accessId, accessKey) ??
      keyOf(await this.#keys.refresh(), accessId, accessKey);
    if (key === null) throw unauthorized('the access id or the access key is wrong');
    if (!allows(key, scope)) {
      throw new HttpFailure(
        403,
        'forbidden',
        `the key \`${key.name}\` is not for this; it needs the scope \`${scope}\``,
      );
    }
    return { accessId: key.accessId, name: key.name, admin: key.scopes.includes('admin') };
  }
}

function unauthorized(message: string): HttpFailure {
  return new HttpFailure(401, 'unauthorized', message, {
    hint: '`weir keys add NAME --scope query` makes a key',
    headers: { 'www-authenticate': 'Basic realm="weir", charset="UTF-8"' },
  });
}
