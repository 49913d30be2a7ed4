import type { OperatorStage } from '../../src/grammar/ast.ts';
import { type As, namesIn, type Text } from './captured-names.ts';
import { parsed } from './parse-stages.ts';
import { get, type Table, textIn, type Value } from './table.ts';

interface Captured {
  readonly subject: { readonly name: string } | null;
  readonly paths: readonly Text[];
  readonly as: As;
  readonly early: boolean;
  readonly nodrop: boolean;
}

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements, and texts with their entities decoded. */
  readonly children: (Element | string)[];
  /** From the `<` of its tag to the end of its last tag. */
  markup: string;
}

/** `parse xml`: the first node to which each path leads. */
export function xmlStage(stage: OperatorStage, table: Table): Table | null {
  if (stage.name !== 'parse xml') return null;
  const { subject, paths, as, early, nodrop } = stage.args as unknown as Captured;
  const steps = paths.map(({ raw }) => raw.replaceAll('\\"', '"').split('/').slice(1));
  const names = namesIn(as) ?? steps.map(nameOf);
  return parsed(table, early || nodrop, names, (row) => {
    const root = elementIn(textIn(get(row, subject?.name ?? '_raw')) ?? '');
    const values = steps.map((path) => (root === null ? null : valueAt(root, path)));
    if (values.every((value) => value === null)) return null;
    return new Map(names.map((name, at) => [name, values[at]!]));
  });
}

function nameOf(path: readonly string[]): string {
  const step = path.findLast((each) => each !== 'text()') ?? '';
  return step.replace(/^@/, '').replace(/\[.*/, '');
}

/** The document element, or null where tags do not match. */
function elementIn(text: string): Element | null {
  const top: Element = { name: '', attributes: new Map(), children: [], markup: '' };
  const open: { readonly element: Element; readonly start: number }[] = [{ element: top, start: 0 }];
  const token =
    /<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gsy;
  const from = text.indexOf('<');
  if (from < 0) return null;
  token.lastIndex = from;
  for (;;) {
    const match = token.exec(text);
    if (match === null) return null;
    const [all, data, closed, opened, attributes = '', empty, plain] = match;
    const inside = open.at(-1)!;
    if (data !== undefined) inside.element.children.push(data);
    else if (plain !== undefined) inside.element.children.push(decoded(plain));
    else if (opened !== undefined) {
      const element = { name: opened, attributes: attributesIn(attributes), children: [], markup: all };
      inside.element.children.push(element);
      if (empty === '') open.push({ element, start: match.index });
    } else if (closed !== undefined) {
      if (closed !== inside.element.name) return null;
      inside.element.markup = text.slice(inside.start, token.lastIndex);
      open.pop();
    }
    const [root] = top.children.filter((child) => typeof child !== 'string');
    if (open.length === 1 && root !== undefined) return root;
  }
}

const attributesIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, double, single]) => [
      name!,
      decoded(double ?? single ?? ''),
    ]),
  );

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? all;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });

function valueAt(root: Element, path: readonly string[]): Value {
  let elements: readonly Element[] = [{ name: '', attributes: new Map(), children: [root], markup: '' }];
  for (const step of path) {
    if (step === 'text()') return elements.flatMap(textsIn)[0] ?? null;
    if (step.startsWith('@')) {
      const attribute = step.slice(1);
      return (
        elements.map(({ attributes }) => attributes.get(attribute)).find((value) => value !== undefined) ??
        null
      );
    }
    elements = elements.flatMap((element) => childrenAt(element, step));
  }
  return elements[0]?.markup ?? null;
}

/** The text nodes of an element: texts that nothing stands between are one. */
function textsIn({ children }: Element): string[] {
  const texts: string[] = [];
  let before = false;
  for (const child of children) {
    if (typeof child === 'string') texts.push(before ? `${texts.pop()}${child}` : child);
    before = typeof child === 'string';
  }
  return texts;
}

/** `name`, `name[2]`, `name[last()]`, `name[@id=7]`. */
function childrenAt({ children }: Element, step: string): readonly Element[] {
  const [, name = '', predicate] = /^([^[]+)(?:\[(.*)\])?$/.exec(step) ?? [];
  const named = children
    .filter((child) => typeof child !== 'string')
    .filter((child) => child.name === name && !name.includes(':'));
  if (predicate === undefined) return named;
  if (predicate === 'last()') return named.slice(-1);
  const [, attribute, value] = /^@(.+?)\s*=\s*["']?(.*?)["']?$/.exec(predicate) ?? [];
  if (attribute !== undefined) return named.filter(({ attributes }) => attributes.get(attribute) === value);
  return named.slice(Number(predicate) - 1, Number(predicate));
}
