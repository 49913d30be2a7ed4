import {
  type AccessKey,
  removeKey as dropKey,
  addKey as keepKey,
  readScopes,
  storedKeys,
} from '../../server/auth/access-keys.ts';
import { SCOPES } from '../../server/auth/caller.ts';
import { wrongRequest } from '../failure.ts';
import { withDocuments } from '../open-documents.ts';
import { withStore } from '../open-store.ts';
import { write } from '../output/result.ts';
import type { StoreOptions } from '../store-directory.ts';

export interface AddKeyOptions extends StoreOptions {
  readonly scope: string;
}

/** `weir keys add NAME --scope S`: prints the access id and the access key, which is shown only now. */
export async function addKey(name: string, options: AddKeyOptions): Promise<void> {
  const scopes = readScopes(options.scope);
  if (scopes === null) {
    throw wrongRequest(
      `\`${options.scope}\` is no list of scopes`,
      `write one or more of ${SCOPES.join(', ')}, with commas between them`,
    );
  }
  if (name.trim() === '' || name.length > 128) {
    throw wrongRequest('a key needs a name of 1 to 128 characters');
  }
  const { accessId, accessKey } = await withDocuments(options, async (documents) => {
    const known = await storedKeys(documents);
    if (known.some((key) => key.name === name || key.accessId === name)) {
      throw wrongRequest(`there is a key \`${name}\` already`, '`weir keys remove` takes it away');
    }
    return await keepKey(documents, name, scopes, Date.now());
  });
  if (options.output === 'json') {
    return await write(`${JSON.stringify({ name, scopes, accessId, accessKey })}\n`);
  }
  await write(`access id   ${accessId}\naccess key  ${accessKey}\n`);
  process.stderr.write(`added ${name} for ${scopes.join(', ')}; the access key is shown only now\n`);
}

/** `weir keys list` */
export async function listKeys(options: StoreOptions): Promise<void> {
  const keys = await withStore(options, (store) => storedKeys(store.documents));
  if (options.output === 'json') return await write(`${JSON.stringify(keys.map(shown))}\n`);
  if (keys.length === 0) return await write('no keys; weir keys add NAME --scope query adds one\n');
  for (const key of keys) {
    const { name, scopes, accessId, added } = shown(key);
    await write(
      `${name}\n  access id  ${accessId}\n  scopes     ${scopes.join(', ')}\n  added      ${added}\n`,
    );
  }
}

function shown({ name, scopes, accessId, added }: AccessKey) {
  return { name, scopes, accessId, added: new Date(added).toISOString() };
}

/** `weir keys remove NAME` (or its access id). */
export async function removeKey(name: string, options: StoreOptions): Promise<void> {
  const removed = await withDocuments(options, (documents) => dropKey(documents, name));
  if (!removed) throw wrongRequest(`there is no key \`${name}\``, '`weir keys list` shows the keys');
  process.stderr.write(`removed ${name}; a running server refuses it within a second\n`);
}
