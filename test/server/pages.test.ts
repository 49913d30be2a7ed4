import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { messages } from '../store/messages.ts';
import { ask, serve } from './serving.ts';

const SCRIPT = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;
const START = Date.parse('2024-01-01T00:00:00Z');

const DASHBOARD = `
title: Users ${'<b>'}
timeRange: -24h
variables:
  - { name: who, default: "*", label: Who, values: ["*", ann, bob] }
  - { name: source, default: web }
panels:
  - key: table
    title: By user
    chart: table
    layout: { x: 0, y: 0, width: 12, height: 6 }
    query: _sourceCategory={{source}} | parse "user=* " as user | where user matches "{{who}}" | count by user
  - key: bars
    title: Bars
    chart: bar
    layout: { x: 12, y: 0, width: 12, height: 6 }
    query: _sourceCategory={{source}} | parse "user=* " as user | count by user
  - key: broken
    title: Broken
    chart: line
    layout: { x: 0, y: 6, width: 24, height: 6 }
    query: "* | cuont by x"
`;

async function filled(store: Store): Promise<void> {
  const users = ['ann', 'bob', SCRIPT.replaceAll(' ', '_')];
  const lines = users.map((user) => `user=${user} in`);
  await store.append(
    messages(lines, {
      category: 'web',
      times: lines.map((_, row) => START + row),
      fields: new Map([[`<i>${SCRIPT}</i>`, users]]),
    }),
  );
  await store.documents.put('dashboard', 'app/users', DASHBOARD);
}

/** No markup that a value brought along: every tag is one of ours, and none runs anything. */
function expectHarmless(html: string): void {
  expect(html).not.toContain('<script>alert');
  expect(html).not.toContain('<img');
  // In quotes an attribute's value is only text.
  expect(html.replaceAll(/"[^"<>]*"/g, '""')).not.toMatch(/<[^>]+\son\w+\s*=/i);
  expect(html).not.toMatch(/href="javascript:/i);
  const scripts = html.match(/<script\b[^>]*>/g) ?? [];
  for (const script of scripts)
    expect(script).toMatch(/^<script (?:src="\/assets\/weir\.js" defer|type="application\/json")>$/);
}

test('the first page lists the dashboards', async () => {
  const { url } = await serve({}, filled);
  const page = await ask(`${url}/`);
  expect(page.status).toBe(200);
  expect(page.text).toContain('<a href="/dashboards/app/users">Users &lt;b&gt;</a>');
  expectHarmless(page.text);
  const empty = await serve();
  expect((await ask(`${empty.url}/`)).text).toContain('weir apps list');
});

test('a dashboard runs with its range and its variables; what fails in it is shown in its place', async () => {
  const { url } = await serve({}, filled);
  const page = await ask(`${url}/dashboards/app/users?from=2024-01-01&to=2024-01-02&who=ann`);
  expect(page.status).toBe(200);
  expect(page.text).toContain('<td>ann</td>');
  expect(page.text).toContain('<option selected>ann</option>');
  expect(page.text).toContain('name="source" value="web"');
  expect(page.text).toContain('name="from" value="2024-01-01"');
  expect(page.text).toContain('operator `cuont` is not known');
  expectHarmless(page.text);
  const wrong = await ask(`${url}/dashboards/app/users?from=never`, { headers: { accept: 'text/html' } });
  expect(wrong.status).toBe(400);
  expect(wrong.text).toContain('`never` is no time');
  expect((await ask(`${url}/dashboards/app/none`)).status).toBe(404);
});

test('values and parameters that are scripts stay text', async () => {
  const { url } = await serve({}, filled);
  const who = encodeURIComponent(SCRIPT);
  for (const path of [
    `/dashboards/app/users?from=2024-01-01&to=2024-01-02`,
    `/dashboards/app/users?from=${who}`,
    `/dashboards/app/users?source=${who}&who=${who}&from=2024-01-01`,
    `/dashboards/${who}/${who}`,
    `/search?q=${encodeURIComponent('*')}&from=2024-01-01`,
    `/search?q=${who}`,
    `/search?q=*&from=${who}&to=${who}&tz=${who}`,
    `/search?q=${encodeURIComponent(`* | cuont "${SCRIPT}"`)}`,
    `/${who}`,
  ]) {
    const page = await ask(url + path, { headers: { accept: 'text/html' } });
    expect(page.headers['content-type'], path).toContain('text/html');
    expect(page.text.length).toBeGreaterThan(200);
    expectHarmless(page.text);
  }
});

test('the search page shows rows, and mistakes with carets', async () => {
  const { url } = await serve({}, filled);
  const search = (query: string) => ask(`${url}/search?q=${encodeURIComponent(query)}&from=2024-01-01`);
  const rows = await search('_sourceCategory=web | parse "user=* " as user | count by user | sort user asc');
  expect(rows.text).toContain('<td>ann</td>');
  expect(rows.text).toContain('count by user');
  const wrong = await search('* | cuont by x');
  expect(wrong.text).toContain('error[unknown-operator]');
  expect(wrong.text).toContain('  |     ^^^^^');
  expect((await search('nothing has this word')).text).toContain('No rows');
  const saving = await search('* | count | save /shared/x');
  expect(saving.text).toContain('cannot be saved from here');
});

test('pages hold no script and no style of their own', async () => {
  const { url } = await serve({}, filled);
  for (const path of ['/', '/search?q=*', '/dashboards/app/users?from=2024-01-01']) {
    const { text, headers } = await ask(url + path);
    expect(text).not.toContain('<style');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  }
  const script = await ask(`${url}/assets/weir.js`);
  expect(script.headers['content-type']).toContain('text/javascript');
  expect(script.text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|eval\(/);
  expect((await ask(`${url}/assets/weir.css`)).headers['content-type']).toContain('text/css');
});

test('the dashboards API lists, shows and runs', async () => {
  const { url } = await serve({}, filled);
  const { dashboards } = (await ask(`${url}/api/v1/dashboards`)).json();
  expect(dashboards).toMatchObject([
    { name: 'app/users', timeRange: '-24h', panels: [{ key: 'table' }, {}, {}] },
  ]);
  expect((await ask(`${url}/api/v1/dashboards/app/users`)).json()).toEqual(dashboards[0]);
  const run = `${url}/api/v1/dashboards/app/users/run`;
  const json = {
    from: '2024-01-01',
    to: '2024-01-02',
    parameters: { WHO: 'bob' },
    panels: ['table', 'broken'],
  };
  const result = (await ask(run, { json })).json();
  expect(result.panels[0].rows).toEqual([{ user: 'bob', _count: 1 }]);
  expect(result.panels[1].error).toContain('cuont');
  expect(result.parameters).toEqual({ who: 'bob', source: 'web' });
  for (const wrong of [
    { panels: ['none'] },
    { panels: 'table' },
    { from: {} },
    { parameters: [1] },
    { timeZone: 'x' },
  ]) {
    expect((await ask(run, { json: wrong })).status, JSON.stringify(wrong)).toBe(400);
  }
  expect((await ask(`${url}/api/v1/dashboards/app/none/run`, { json: {} })).json().errors[0].code).toBe(
    'notfound',
  );
});
