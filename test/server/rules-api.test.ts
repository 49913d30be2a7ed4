import { expect, test } from 'vitest';
import { ask, extractionRule, fieldOf, httpSource, keyHeaders, serve } from './serving.ts';

const RULE = { name: 'Users', scope: '_sourceCategory=test', parseExpression: 'parse "user=*" as user' };

test('a rule is made, shown, changed, renamed and removed, and works from its next message on', async () => {
  const { url, store } = await serve();
  const base = `${url}/api/v1/extractionRules`;
  const path = await httpSource(store);
  const created = await ask(base, { json: RULE });
  expect(created.status).toBe(200);
  const rule = created.json();
  expect(rule).toMatchObject({
    ...RULE,
    enabled: true,
    fieldNames: ['user'],
    createdBy: 'local',
    modifiedBy: 'local',
  });
  expect(rule.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  await ask(url + path, { body: 'user=ann' });
  expect((await ask(`${base}/${rule.id}`)).json()).toEqual(rule);

  const changed = await ask(`${base}/${rule.id}`, {
    method: 'PUT',
    json: { ...RULE, name: 'Renamed', parseExpression: 'parse "user=*" as who', enabled: true },
  });
  expect(changed.json()).toMatchObject({ id: rule.id, name: 'Renamed', fieldNames: ['who'] });
  await ask(url + path, { body: 'user=bob' });
  expect(await fieldOf(store, 'user')).toEqual(['ann', null]);
  expect(await fieldOf(store, 'who')).toEqual([null, 'bob']);
  expect((await ask(base)).json().data).toHaveLength(1);

  expect((await ask(`${base}/${rule.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`${base}/${rule.id}`)).status).toBe(404);
  await ask(url + path, { body: 'user=cat' });
  expect(await fieldOf(store, 'who')).toEqual([null, 'bob', null]);
});

test('a rule that is renamed stays as old as it is, whether or not that works', async () => {
  let time = 1_700_000_000_000;
  const { url, store } = await serve({ now: () => ++time });
  const base = `${url}/api/v1/extractionRules`;
  const make = async (name: string) =>
    (await ask(base, { json: { ...RULE, name, parseExpression: `parse "${name}=*" as ${name}` } })).json();
  const first = await make('first');
  await make('second');
  const rename = (name: string, more = {}) =>
    ask(`${base}/${first.id}`, { method: 'PUT', json: { ...RULE, name, enabled: true, ...more } });
  expect((await rename('other', { parseExpression: 'count' })).status).toBe(400);
  for (const name of ['later', 'LATER']) {
    const renamed = (await rename(name)).json();
    expect(renamed).toMatchObject({ name, createdAt: first.createdAt });
    expect(renamed.modifiedAt > first.modifiedAt).toBe(true);
    const names = (await ask(base)).json().data.map((rule: { name: string }) => rule.name);
    expect(names).toEqual([name, 'second']);
  }
  expect(await store.documents.list('rule')).toHaveLength(2);
});

test('rules are listed page by page, those of the command line among them', async () => {
  const { url, store } = await serve();
  const base = `${url}/api/v1/extractionRules`;
  await extractionRule(store, 'name: by hand\nscope: "*"\nparse: parse "a=*" as a\n');
  for (const name of ['b', 'c']) {
    await ask(base, {
      json: { name, scope: '*', parseExpression: `parse "${name}=*" as ${name}`, enabled: false },
    });
  }
  const first = (await ask(`${base}?limit=2`)).json();
  expect(first.data.map((rule: { name: string }) => rule.name)).toEqual(['by hand', 'b']);
  expect(first.data[0]).toMatchObject({ createdBy: 'weir', enabled: true });
  const second = (await ask(`${base}?limit=2&token=${first.next}`)).json();
  expect(second).toMatchObject({ data: [{ name: 'c', enabled: false }], next: null });
  expect((await ask(`${base}?limit=none`)).status).toBe(400);
});

test.each([
  [{ name: '' }, 'invalid_request'],
  [{ scope: undefined }, 'invalid_request'],
  [{ parseExpression: 7 }, 'invalid_request'],
  [{ enabled: 'yes' }, 'invalid_request'],
  [{ parseExpression: 'count by x' }, 'invalid_extraction_rule'],
  [{ parseExpression: 'parse "user=*" as' }, 'invalid_extraction_rule'],
  [{ scope: 'a | count' }, 'invalid_extraction_rule'],
])('a rule with %j is refused', async (change, code) => {
  const { url, store } = await serve();
  const answer = await ask(`${url}/api/v1/extractionRules`, { json: { ...RULE, ...change } });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ id: expect.any(String), errors: [{ code: `fer:${code}` }] });
  expect(await store.documents.list('rule')).toEqual([]);
});

test('two rules do not share a name, in whatever letter case', async () => {
  const { url } = await serve();
  const base = `${url}/api/v1/extractionRules`;
  await ask(base, { json: RULE });
  const twice = await ask(base, { json: { ...RULE, name: 'USERS' } });
  expect([twice.status, twice.json().errors[0].code]).toEqual([400, 'fer:duplicate_name']);
  const { id } = (
    await ask(base, { json: { ...RULE, name: 'other', parseExpression: 'parse "o=*" as o' } })
  ).json();
  const renamed = await ask(`${base}/${id}`, { method: 'PUT', json: { ...RULE, enabled: true } });
  expect(renamed.json().errors[0].code).toBe('fer:duplicate_name');
  const bad = await ask(`${base}/${id}`, {
    method: 'PUT',
    json: { ...RULE, name: 'new', parseExpression: 'count', enabled: true },
  });
  expect(bad.status).toBe(400);
  expect((await ask(`${base}/${id}`)).json()).toMatchObject({ name: 'other' });
  const without = await ask(`${base}/${id}`, { method: 'PUT', json: { ...RULE, name: 'x' } });
  expect(without.json().errors[0].message).toContain('enabled');
});

test('readers may look at rules, only administrators change them', async () => {
  const keys: { authorization: string }[] = [];
  const { url } = await serve({}, async (store) => {
    keys.push(await keyHeaders(store, 'query'), await keyHeaders(store, 'admin'));
  });
  const base = `${url}/api/v1/extractionRules`;
  const [reader, admin] = keys as [{ authorization: string }, { authorization: string }];
  const refused = await ask(base, { json: RULE, headers: reader });
  expect([refused.status, refused.json().errors[0].code]).toEqual([403, 'forbidden']);
  const made = await ask(base, { json: RULE, headers: admin });
  expect(made.json().createdBy).toMatch(/^weir[0-9a-f]{16}$/);
  expect((await ask(base, { headers: reader })).json().data).toHaveLength(1);
});
