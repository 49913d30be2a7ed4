import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findXml, readXmlPath } from '../../../src/engine/operators/xml-path.ts';
import { parseXml, type XmlElement } from '../../../src/engine/operators/xml-tree.ts';

function found(path: string, source: string): string | null {
  const read = readXmlPath(path);
  const root = parseXml(source);
  if ('error' in read) throw new Error(read.error);
  return root === null ? null : findXml(read, root, source);
}

describe('parsing', () => {
  test.each([
    '<a>',
    '<a></b>',
    '<a><b></a></b>',
    '</a>',
    'text',
    '<a b=c/>',
    '<a b="1" "/>',
    '<a>&</a',
    '<a><![CDATA[x</a>',
    '< a/>',
    `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`,
  ])('%s is malformed', (source) => {
    expect(parseXml(source)).toBeNull();
  });

  test('hostile texts end quickly', { timeout: 20_000 }, () => {
    const texts = [
      '<a '.repeat(50_000),
      `<a ${'b="1" '.repeat(30_000)}`,
      `<a${' '.repeat(100_000)}`,
      `<!DOCTYPE ${'['.repeat(100_000)}`,
      `<!DOCTYPE x [${'] '.repeat(50_000)}`,
      `<a>${'&x'.repeat(50_000)}</a>`,
      '<!--'.repeat(25_000),
    ];
    for (const text of texts) expect(() => parseXml(text)).not.toThrow();
  });

  test('any text is parsed or refused, never thrown at', () => {
    const parts = fc.constantFrom(
      '<a>',
      '</a>',
      '<b x="1">',
      '</b>',
      '<c/>',
      't',
      '&lt;',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?',
      '?>',
      '<!D',
      '[',
      ']',
      '>',
      '"',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (texts) => {
        const source = texts.join('');
        const root = parseXml(source);
        if (root !== null) expect(source.slice(root.start, root.end)).toMatch(/^<[\s\S]*>$/);
      }),
    );
  });

  test('elements come back as they were written', () => {
    const names = fc.constantFrom('a', 'b', 'ns:c', 'é');
    const element = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(
          names,
          fc.constantFrom('', ' x="1"', " y='a b'"),
          fc.array(fc.oneof({ maxDepth: 3 }, fc.constantFrom('t', ' ', '&amp;'), tie('element')), {
            maxLength: 3,
          }),
        )
        .map(([name, attributes, inside]) => `<${name}${attributes}>${inside.join('')}</${name}>`),
    })).element;
    const written = (node: XmlElement, source: string): string[] => [
      source.slice(node.start, node.end),
      ...node.children.flatMap((child) => (typeof child === 'string' ? [] : written(child, source))),
    ];
    fc.assert(
      fc.property(element, (source) => {
        const root = parseXml(source);
        expect(root).not.toBeNull();
        if (root === null) return;
        const all = written(root, source);
        expect(all[0]).toBe(source);
        expect(all.length).toBe(source.match(/<[^/]/g)?.length);
        for (const part of all) expect(part).toMatch(/^<(\S+?)[\s>][\s\S]*<\/\1>$|^<(\S+?)>/);
      }),
    );
  });
});

describe('paths', () => {
  const source = '<r><u id="1" k="x"><n>A</n></u><u id="2"><n>B</n><n>C<i/>D</n></u><v/></r>';
  test.each([
    ['/r/u/@id', '1'],
    ['/r/u[2]/@id', '2'],
    ['/r/u[last()]/n[2]/text()', 'C'],
    ['/r/u[@id=2]/n/text()', 'B'],
    ['/r/u[@id="1"][1]/n', '<n>A</n>'],
    ['/r/u[@id="1"][2]/n', null],
    ['/r/u/n[2]', '<n>C<i/>D</n>'],
    ['/r/u/@k', 'x'],
    ['/r/v', '<v/>'],
    ['/r/v/text()', null],
    ['/u', null],
    ['/r/x:u/@id', null],
  ])('%s', (path, value) => {
    expect(found(path, source)).toBe(value);
  });

  test.each([
    ['', '0: the path is empty; it starts with `/` and the name of the root'],
    ['r/u', '0: expected `/`, found `r`'],
    ['//u', '0: `//` is not supported; write the whole path from the root'],
    ['/r/../u', '3: `..` is not supported; write the whole path from the root'],
    ['/r/child::u', '3: the axis `child::` is not supported'],
    ['/r/u[n=1]', '4: expected `[number]`, `[last()]` or `[@attribute=value]`'],
    ['/r/', '3: expected the name of an element'],
    ['/r/@a/b', '3: expected the name of an element'],
  ])('%j is a mistake', (path, mistake) => {
    const read = readXmlPath(path);
    expect('error' in read ? `${read.at}: ${read.error}` : read).toBe(mistake);
  });
});
